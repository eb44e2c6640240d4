import { hex } from '../../formats/hex.ts'
import type { Context, Kernel } from '../kernel/state.ts'
import { EFAULT, EINVAL, EOPNOTSUPP, EPERM } from '../kernel/errno.ts'
import { memoryFailure } from './memory-failure.ts'
import { MF_ACTION_REQUIRED, MF_COUNT_INCREASED, MF_SW_SIMULATED } from './memory-failure-flags.ts'
import { isWholeThp, mappingShift, pteAt, thpShift, untagged } from './page-table.ts'
import { printk } from '../kernel/printk.ts'
import { knob } from '../profile.ts'
import { softOfflinePage } from './soft-offline.ts'
import { runningProcess } from '../kernel/task.ts'

export const MADV_HWPOISON = 100
export const MADV_SOFT_OFFLINE = 101

/** Where start and length wrap around. */
const END_OF_ADDRESSES = 1n << 64n

/**
 * madvise(MADV_HWPOISON or MADV_SOFT_OFFLINE): injects an error into the caller's own pages, one a huge page. Returns 0
 * or a negated errno. A page that get_user_pages_fast() cannot have is EFAULT: one that is not mapped, one that is a
 * hwpoison entry already, one of a VM_PFNMAP area.
 *
 * Spec: Linux 6.1.192, mm/madvise.c, do_madvise, madvise_inject_error; mm/gup.c, check_vma_flags; include/linux/mm.h,
 * vm_fault_to_errno; 6.12.117 adds MF_ACTION_REQUIRED.
 * Fidelity: exact for memory that is mapped.
 */
export function madviseInjectError(
  k: Kernel,
  ctx: Context,
  advice: typeof MADV_HWPOISON | typeof MADV_SOFT_OFFLINE,
  virtual: bigint,
  length: bigint,
  capSysAdmin = true
): number {
  // madvise_behavior_valid() does not know the advice then.
  if (!k.options.memoryFailure) return -EINVAL
  const start = untagged(virtual)
  if (start % BigInt(k.options.pageSize) !== 0n || start + length > END_OF_ADDRESSES) return -EINVAL
  if (length === 0n) return 0
  if (!capSysAdmin) return -EPERM
  for (let at = start; at < start + length;) {
    const process = runningProcess(k, ctx.pid)
    if (process === undefined) return -EINVAL
    const pte = pteAt(k, process, at)
    if (pte.kind !== 'present' || pte.vma.backing === 'pfnmap') return -EFAULT
    const step = isWholeThp(k, pte.vma, at) ? thpShift(k) : mappingShift(k, pte.vma)
    const ret = advice === MADV_HWPOISON ? poison(k, ctx, pte.pfn, at) : softOffline(k, pte.pfn, at)
    if (ret !== 0 && ret !== -EOPNOTSUPP) return ret
    at += 1n << BigInt(step)
  }
  return 0
}

function poison(k: Kernel, ctx: Context, pfn: bigint, virtual: bigint): number {
  printk(k, `Injecting memory failure for pfn ${hex(pfn)} at process virtual address ${hex(virtual)}`)
  const required = knob(k.version, 'madvisePoisonSignals') ? MF_ACTION_REQUIRED : 0
  return memoryFailure(k, pfn, MF_COUNT_INCREASED | MF_SW_SIMULATED | required, ctx).ret
}

function softOffline(k: Kernel, pfn: bigint, virtual: bigint): number {
  printk(k, `Soft offlining pfn ${hex(pfn)} at process virtual address ${hex(virtual)}`)
  return softOfflinePage(k, pfn)
}
