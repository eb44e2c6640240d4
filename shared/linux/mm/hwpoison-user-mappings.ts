import { hex } from '../../formats/hex.ts'
import { pageUnmap, thpSplit } from '../../contracts/notes/kernel-steps-mm.ts'
import type { Context, Kernel } from '../kernel/state.ts'
import { collectProcs } from './collect-procs.ts'
import { allocateFrames } from './frame-alloc.ts'
import { killProcs } from './kill-procs.ts'
import { MF_MUST_KILL } from './memory-failure-flags.ts'
import { alignDown, isHugetlb, isWholeThp, mappingShift, pageShift, thpShift, type Mapping } from './page-table.ts'
import { addPage } from '../../sparse/page-set.ts'
import { printk, stepEvent } from '../kernel/printk.ts'
import { knob } from '../profile.ts'
import { replaceFrame } from './vma.ts'

/**
 * hwpoison_user_mappings(): takes the page out of every page table, of stage 2 too, and tells the processes when its
 * contents are lost. False when it stays mapped.
 *
 * Spec: Linux 6.1.192, mm/memory-failure.c, hwpoison_user_mappings; mm/rmap.c, try_to_unmap_one.
 * Fidelity: approximates: a clean file or swap page is read back into a fresh frame at once, not at the next touch.
 */
export function hwpoisonUserMappings(
  k: Kernel,
  pfn: bigint,
  mappings: readonly Mapping[],
  dirty: boolean,
  flags: number,
  ctx: Context
): boolean {
  const [first] = mappings
  if (first === undefined) return true
  const { backing } = first.vma
  if (backing === 'ksm' && !knob(k.version, 'ksmHandled')) {
    printk(k, `Memory failure: ${hex(pfn)}: can't handle KSM pages.`)
    k.stillMapped = addPage(k.stillMapped, pfn)
    return false
  }
  if (backing === 'swap-cache') printk(k, `Memory failure: ${hex(pfn)}: keeping poisoned page in swap cache`)
  const mustKill = (flags & MF_MUST_KILL) !== 0
  const reread = !dirty && !mustKill && (backing === 'file' || backing === 'swap-cache')
  if (reread && backing === 'file') {
    printk(k, `Memory failure: ${hex(pfn)}: corrupted page was clean: dropped without side effects`)
  }
  const toKill = collectProcs(k, mappings, flags, ctx, (mapping) => reported(k, mapping))
  const failed = mappings.some(({ vma }) => vma.unmapFails === true)
  for (const mapping of mappings) unmap(k, mapping)
  if (failed) {
    const count = `${knob(k.version, 'unmapFailCount')}=${mappings.length}`
    printk(k, `Memory failure: ${hex(pfn)}: failed to unmap page (${count})`)
    k.stillMapped = addPage(k.stillMapped, pfn)
  } else if (reread) rereadPage(k, mappings)
  if (dirty || mustKill || failed) {
    killProcs(k, toKill, failed && knob(k.version, 'unmapFailSignal') === 'SIGKILL', pfn, flags, ctx)
  }
  return !failed
}

/** What siginfo says of a mapping: the page, and for hugetlb its start or the bad page in it. */
function reported(k: Kernel, { vma, virtual }: Mapping): { address: bigint; shift: number } {
  const shift = mappingShift(k, vma)
  const exact = knob(k.version, 'hugetlbReportsSubpage')
  return { address: isHugetlb(vma) && !exact ? alignDown(virtual, shift) : virtual, shift }
}

/** try_to_unmap_one(): the MMU notifier and what the entry becomes. */
function unmap(k: Kernel, { process, vma, virtual }: Mapping): void {
  const shift = mappingShift(k, vma)
  const address = alignDown(virtual, shift)
  k.platform.invalidate(process.pid, address, 1n << BigInt(shift))
  stepEvent(k, pageUnmap, { pid: process.pid, address, shift, backing: vma.backing })
}

/** The contents come from disk again, into one frame for all who map the page. */
function rereadPage(k: Kernel, mappings: readonly Mapping[]): void {
  const physical = allocateFrames(k, BigInt(k.options.pageSize))
  if (physical === undefined) return
  for (const { process, virtual } of mappings) replaceFrame(k, process.pid, virtual, physical)
}

/**
 * try_to_split_thp_page(): base pages from here on; stage 2 loses the whole block and faults the healthy pages in again.
 * False when extra references hold the huge page together.
 *
 * Spec: Linux 6.1.192, mm/memory-failure.c, try_to_split_thp_page; mm/huge_memory.c, split_huge_page_to_list.
 * Fidelity: exact for the outcome.
 */
export function splitThp(k: Kernel, mappings: readonly Mapping[]): boolean {
  if (mappings.some(({ vma }) => vma.pinned)) return false
  const shift = thpShift(k)
  for (const { process, vma, virtual } of mappings) {
    if (!isWholeThp(k, vma, virtual)) continue
    const address = alignDown(virtual, shift)
    k.platform.invalidate(process.pid, address, 1n << BigInt(shift))
    stepEvent(k, thpSplit, { pid: process.pid, address, shift, pageShift: pageShift(k) })
  }
  return true
}
