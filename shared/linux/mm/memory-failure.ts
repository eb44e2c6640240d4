import { hex } from '../../formats/hex.ts'
import { pagePoison } from '../../contracts/notes/kernel-steps-mm.ts'
import type { Context, FrameKind, Kernel } from '../kernel/state.ts'
import { actionResult, type MemoryFailureResult } from './action-result.ts'
import { collectProcs } from './collect-procs.ts'
import { EHWPOISON, ENXIO } from '../kernel/errno.ts'
import { earlyOutcome, identifyPageState, type EarlyKind } from './error-states.ts'
import { hwpoisonUserMappings, splitThp } from './hwpoison-user-mappings.ts'
import { alreadyPoisonedReturn } from './kill-accessing-process.ts'
import { killProcs } from './kill-procs.ts'
import { memoryFailureDevPagemap } from './memory-failure-dev-pagemap.ts'
import { tryMemoryFailureHugetlb } from './memory-failure-hugetlb.ts'
import { pageAt } from './page-kind.ts'
import { addPage, hasPage } from '../../sparse/page-set.ts'
import { isHugetlb, pageShift, type Mapping } from './page-table.ts'
import { panic } from '../kernel/panic.ts'
import { printk, stepEvent } from '../kernel/printk.ts'
import { knob } from '../profile.ts'

/**
 * memory_failure(): a frame is bad. Marks it for good, takes it from whoever maps it and tells those who must know.
 * `flags` are MF_*; `ctx` says in whose context it runs (KWORKER has no mm). Returns 0 when it was recovered or put
 * off, a negated errno otherwise; after a panic nothing it returns means anything.
 *
 * Spec: Linux 6.1.192, mm/memory-failure.c, memory_failure; 6.12.117 and 7.3.4 by the knobs of profile.ts.
 * Fidelity: approximates: nothing races with it, so no page is in transit, truncated or turned into another compound
 * page meanwhile; unpoison is left out.
 */
export function memoryFailure(k: Kernel, pfn: bigint, flags: number, ctx: Context): MemoryFailureResult {
  if (k.sysctl.memory_failure_recovery === 0) {
    panic(k, `Memory failure on page ${pfn.toString(16)}`)
    return { ret: -ENXIO }
  }
  const page = pageAt(k, pfn)
  if (page.kind === 'outside') return outside(k, pfn, ctx)
  if (page.kind === 'dax') return memoryFailureDevPagemap(k, pfn, page.mappings, flags, ctx)
  const huge = page.kind === 'mapped' ? page.mappings.filter(({ vma }) => isHugetlb(vma)) : []
  if (huge.length > 0) return tryMemoryFailureHugetlb(k, pfn, huge, flags, ctx)
  if (hasPage(k.hwpoison, pfn)) return alreadyPoisoned(k, pfn, flags, ctx)

  switch (page.kind) {
    case 'mapped':
      return inUse(k, pfn, page.mappings, flags, ctx)
    case 'file-clean':
    case 'file-dirty':
      return cached(
        k,
        pfn,
        page.mappings,
        page.kind === 'file-dirty' || page.mappings.some(({ vma }) => vma.dirty),
        flags,
        ctx
      )
    default:
      return early(k, pfn, page.kind, ctx)
  }
}

/** PG_hwpoison, which stays whatever comes of it. */
function poison(k: Kernel, pfn: bigint, kind?: FrameKind): void {
  k.hwpoison = addPage(k.hwpoison, pfn)
  stepEvent(k, pagePoison, { pfn, physical: pfn << BigInt(pageShift(k)), ...(kind === undefined ? {} : { kind }) })
}

/** No struct page: not the kernel's business, but from 7.x on it says so in the same form. */
function outside(k: Kernel, pfn: bigint, ctx: Context): MemoryFailureResult {
  if (knob(k.version, 'badPfn') === 'memory_failure') return actionResult(k, ctx, pfn, 'non struct page pfn', 'Ignored')
  printk(k, `Memory failure: ${hex(pfn)}: memory outside kernel control`)
  return { ret: -ENXIO }
}

/** TestSetPageHWPoison() found it set: no recovery, but a task that consumes it must not go on. */
function alreadyPoisoned(k: Kernel, pfn: bigint, flags: number, ctx: Context): MemoryFailureResult {
  const reported = knob(k.version, 'repoisonEvent')
  if (!reported) printk(k, `Memory failure: ${hex(pfn)}: already hardware poisoned`)
  const ret = alreadyPoisonedReturn(k, pfn, flags, ctx)
  return reported ? { ...actionResult(k, ctx, pfn, 'already poisoned page', 'Failed'), ret } : { ret }
}

/** get_hwpoison_page(): free pages and those of the kernel itself. */
function early(k: Kernel, pfn: bigint, kind: EarlyKind, ctx: Context): MemoryFailureResult {
  poison(k, pfn, kind)
  const { type, result, unhandlable, unrecoverable } = earlyOutcome(k.version, kind)
  if (result === 'Ignored') k.stillMapped = addPage(k.stillMapped, pfn)
  if (unhandlable) printk(k, `Memory failure: ${hex(pfn)}: unhandlable page.`)
  const outcome = actionResult(k, ctx, pfn, type, result)
  if (unrecoverable && k.sysctl.panic_on_unrecoverable_memory_failure === 1) {
    panic(k, `Memory failure: ${hex(pfn)}: unrecoverable page`)
  }
  return outcome
}

/** A page of processes, not hugetlb. */
function inUse(k: Kernel, pfn: bigint, mappings: readonly Mapping[], flags: number, ctx: Context): MemoryFailureResult {
  const thp = mappings.filter(({ vma }) => vma.backing === 'thp')
  const split = thp.length === 0 || splitThp(k, thp)
  poison(k, pfn)
  if (!split) return unsplitThp(k, pfn, thp, flags, ctx)
  const dirty = mappings.some(({ vma }) => vma.dirty || vma.backing === 'ksm')
  return cached(k, pfn, mappings, dirty, flags, ctx, true)
}

/** A THP that somebody pins stays whole and mapped; from 6.12 on its users are told at least. */
function unsplitThp(
  k: Kernel,
  pfn: bigint,
  mappings: readonly Mapping[],
  flags: number,
  ctx: Context
): MemoryFailureResult {
  k.stillMapped = addPage(k.stillMapped, pfn)
  if (!knob(k.version, 'thpSplitFailKills')) return actionResult(k, ctx, pfn, 'unsplit thp', 'Ignored')
  const shift = 2 * pageShift(k) - 3
  const toKill = collectProcs(k, mappings, flags, ctx, ({ virtual }) => ({ address: virtual, shift }))
  killProcs(k, toKill, false, pfn, flags, ctx)
  return { ...actionResult(k, ctx, pfn, 'unsplit thp', 'Failed'), ret: -EHWPOISON }
}

/** A page on an LRU list: unmap it, then let its handler decide. */
function cached(
  k: Kernel,
  pfn: bigint,
  mappings: readonly Mapping[],
  dirty: boolean,
  flags: number,
  ctx: Context,
  poisoned = false
): MemoryFailureResult {
  if (!poisoned) poison(k, pfn)
  if (!hwpoisonUserMappings(k, pfn, mappings, dirty, flags, ctx)) {
    return actionResult(k, ctx, pfn, 'unmapping failed page', knob(k.version, 'unmapFailResult'))
  }
  const backing = mappings[0]?.vma.backing ?? 'file'
  const pinned = mappings.some(({ vma }) => vma.pinned)
  const { type, result } = identifyPageState(k, { pfn, backing, dirty, pinned })
  return actionResult(k, ctx, pfn, type, result)
}
