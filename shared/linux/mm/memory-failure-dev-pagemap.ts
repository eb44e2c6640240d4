import { pagePoison } from '../../contracts/notes/kernel-steps-mm.ts'
import type { Context, Kernel } from '../kernel/state.ts'
import { actionResult, type MemoryFailureResult } from './action-result.ts'
import { collectProcs } from './collect-procs.ts'
import { killProcs } from './kill-procs.ts'
import { MF_ACTION_REQUIRED, MF_MUST_KILL } from './memory-failure-flags.ts'
import { addPage } from '../../sparse/page-set.ts'
import { pageShift, type Mapping } from './page-table.ts'
import { stepEvent } from '../kernel/printk.ts'

/**
 * memory_failure_dev_pagemap(): memory of a device (DAX). No other page can take its place, so its users are told
 * whether it was dirty or not. Its page table entry is gone, not replaced: the driver maps the page again when it is
 * touched, and whoever consumes the error again is told again.
 *
 * Spec: Linux 6.1.192, mm/memory-failure.c, memory_failure_dev_pagemap, mf_generic_kill_procs.
 * Fidelity: approximates: every mapping is of base pages, and no driver takes the error over or knows
 * the block as bad (libnvdimm learns of it from x86's machine checks only).
 */
export function memoryFailureDevPagemap(
  k: Kernel,
  pfn: bigint,
  mappings: readonly Mapping[],
  flags: number,
  ctx: Context
): MemoryFailureResult {
  const forced = flags | MF_ACTION_REQUIRED | MF_MUST_KILL
  const shift = pageShift(k)
  k.hwpoison = addPage(k.hwpoison, pfn)
  stepEvent(k, pagePoison, { pfn, physical: pfn << BigInt(shift) })
  const toKill = collectProcs(k, mappings, forced, ctx, ({ virtual }) => ({ address: virtual, shift }))
  for (const { process, virtual } of mappings) k.platform.invalidate(process.pid, virtual, 1n << BigInt(shift))
  killProcs(k, toKill, false, pfn, forced, ctx)
  return actionResult(k, ctx, pfn, 'dax page', 'Recovered')
}
