import { hex } from '../../formats/hex.ts'
import { pagePoison } from '../../contracts/notes/kernel-steps-mm.ts'
import type { Context, Kernel } from '../kernel/state.ts'
import { actionResult, type MemoryFailureResult } from './action-result.ts'
import { identifyPageState } from './error-states.ts'
import { hwpoisonUserMappings } from './hwpoison-user-mappings.ts'
import { alreadyPoisonedReturn } from './kill-accessing-process.ts'
import { addPage, hasPage, hasPageWithin } from '../../sparse/page-set.ts'
import { hugePageFrames, pageShift, type Mapping } from './page-table.ts'
import { printk, stepEvent } from '../kernel/printk.ts'
import { knob } from '../profile.ts'

/**
 * try_memory_failure_hugetlb(): a frame of a hugetlb page in use. The whole huge page is lost to its users. A second
 * frame of a page that is poisoned already counts too, but is only reported as such.
 *
 * Spec: Linux 6.1.192, mm/memory-failure.c, try_memory_failure_hugetlb, hugetlb_update_hwpoison; 6.12.117, the same.
 * Fidelity: approximates: pages are never isolated or in transit, so the retry and its `unknown page` do not occur.
 */
export function tryMemoryFailureHugetlb(
  k: Kernel,
  pfn: bigint,
  mappings: readonly Mapping[],
  flags: number,
  ctx: Context
): MemoryFailureResult {
  const [first] = mappings as [Mapping, ...Mapping[]]
  const frames = hugePageFrames(k, first.vma, first.virtual)
  const samePage = hasPage(k.hwpoison, pfn)
  const before = hasPageWithin(k.hwpoison, frames.first, frames.count)
  k.hwpoison = addPage(k.hwpoison, pfn)
  if (!samePage) stepEvent(k, pagePoison, { pfn, physical: pfn << BigInt(pageShift(k)), frames: frames.count })
  if (before) return alreadyPoisoned(k, pfn, samePage, flags, ctx)

  const dirty = mappings.some(({ vma }) => vma.dirty)
  if (!hwpoisonUserMappings(k, pfn, mappings, dirty, flags, ctx)) {
    return actionResult(k, ctx, pfn, 'unmapping failed page', knob(k.version, 'unmapFailResult'))
  }
  const pinned = mappings.some(({ vma }) => vma.pinned)
  const { type, result } = identifyPageState(k, { pfn, backing: first.vma.backing, dirty, pinned })
  return actionResult(k, ctx, pfn, type, result)
}

function alreadyPoisoned(k: Kernel, pfn: bigint, samePage: boolean, flags: number, ctx: Context): MemoryFailureResult {
  if (knob(k.version, 'repoisonEvent')) {
    const ret = alreadyPoisonedReturn(k, pfn, flags, ctx)
    return { ...actionResult(k, ctx, pfn, samePage ? 'already poisoned page' : 'huge page', 'Failed'), ret }
  }
  if (!samePage) k.hardwareCorruptedPages++
  printk(k, `Memory failure: ${hex(pfn)}: already hardware poisoned`)
  return { ret: alreadyPoisonedReturn(k, pfn, flags, ctx) }
}
