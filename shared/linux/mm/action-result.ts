import { hex } from '../../formats/hex.ts'
import { memoryFailureResult } from '../../contracts/notes/kernel-steps-mm.ts'
import type { MF_PAGE_TYPES, MF_RESULTS } from '../../contracts/notes/memory-failure-types.ts'
import type { Context, Kernel } from '../kernel/state.ts'
import { EBUSY } from '../kernel/errno.ts'
import { printk, stepEvent, trace } from '../kernel/printk.ts'

export type PageType = (typeof MF_PAGE_TYPES)[number]
export type MfResult = (typeof MF_RESULTS)[number]

export interface MemoryFailureResult {
  /** 0 or a negated errno. */
  readonly ret: number
  readonly type?: PageType
  readonly result?: MfResult
}

/** Types that are reported again and again without adding to HardwareCorrupted. */
const NOT_COUNTED: readonly PageType[] = ['already poisoned page', 'non struct page pfn']

/**
 * action_result(): the trace event, the counter and the line that end every handled report.
 *
 * Spec: Linux 6.1.192, mm/memory-failure.c, action_result; 6.12.117, the same.
 * Fidelity: omits the statistics per node.
 */
export function actionResult(
  k: Kernel,
  ctx: Context,
  pfn: bigint,
  type: PageType,
  result: MfResult
): MemoryFailureResult {
  const traced = type === 'already poisoned page' ? 'already poisoned' : type
  trace(k, ctx, 'memory_failure_event', `pfn ${hex(pfn)}: recovery action for ${traced}: ${result}`)
  if (!NOT_COUNTED.includes(type)) k.hardwareCorruptedPages++
  printk(k, `Memory failure: ${hex(pfn)}: recovery action for ${type}: ${result}`)
  stepEvent(k, memoryFailureResult, { pfn, type, result })
  return { ret: result === 'Recovered' || result === 'Delayed' ? 0 : -EBUSY, type, result }
}
