import type { Context, Kernel } from '../kernel/state.ts'
import { EFAULT, EHWPOISON } from '../kernel/errno.ts'
import { killProc } from './kill-procs.ts'
import { MF_ACTION_REQUIRED } from './memory-failure-flags.ts'
import { alignDown, isHugetlb, mappingShift, mappingsOf, pageShift, pteAt } from './page-table.ts'
import { runningProcess, threadOf } from '../kernel/task.ts'

/**
 * kill_accessing_process(): a page that was poisoned before is consumed; the current task, if its page tables still
 * know the frame, gets BUS_MCEERR_AR with the first address found. Returns -EHWPOISON then, 0 when the frame is not
 * mapped there (it was clean and dropped), -EFAULT in a kworker.
 *
 * Spec: Linux 6.1.192, mm/memory-failure.c, kill_accessing_process, hwpoison_hugetlb_range.
 * Fidelity: approximates: the entry of a huge page is found by any of its frames.
 */
function killAccessingProcess(k: Kernel, pfn: bigint, flags: number, ctx: Context): number {
  const process = runningProcess(k, ctx.pid)
  const thread = process === undefined ? undefined : threadOf(process, ctx.tid)
  if (process === undefined || thread === undefined) return -EFAULT
  const mapping = mappingsOf(k, pfn)
    .filter((found) => found.process.pid === process.pid && pteAt(k, process, found.virtual).kind !== 'none')
    .toSorted((a, b) => (a.virtual < b.virtual ? -1 : 1))[0]
  if (mapping === undefined) return 0
  const shift = isHugetlb(mapping.vma) ? mappingShift(k, mapping.vma) : pageShift(k)
  const address = alignDown(mapping.virtual, shift)
  killProc(k, { process, thread, address, shift }, pfn, flags, ctx)
  return -EHWPOISON
}

/** The return value for a frame that was poisoned before. */
export function alreadyPoisonedReturn(k: Kernel, pfn: bigint, flags: number, ctx: Context): number {
  return (flags & MF_ACTION_REQUIRED) === 0 ? -EHWPOISON : killAccessingProcess(k, pfn, flags, ctx)
}
