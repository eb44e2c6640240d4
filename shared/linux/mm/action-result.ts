import { hex } from '../../formats/hex.ts'
import type { Context, Kernel } from '../kernel/state.ts'
import { EBUSY } from '../kernel/errno.ts'
import { printk, trace } from '../kernel/printk.ts'

/**
 * Page types of the result line and of memory_failure_event, in the enum's order.
 *
 * Spec: Linux 6.1.192, 6.12.117 and 7.3.4, include/linux/mm.h, enum mf_action_page_type; mm/memory-failure.c,
 * action_page_types; include/ras/ras_event.h, MF_PAGE_TYPE.
 * Fidelity: exact.
 */
export type PageType =
  | 'reserved kernel page'
  | 'high-order kernel page'
  | 'kernel slab page' // 6.1 only
  | 'different compound page after locking' // 6.1 only
  | 'huge page'
  | 'free huge page'
  | 'get hwpoison page' // from 6.12 on
  | 'unmapping failed page'
  | 'dirty swapcache page'
  | 'clean swapcache page'
  | 'dirty mlocked LRU page'
  | 'clean mlocked LRU page'
  | 'dirty unevictable LRU page'
  | 'clean unevictable LRU page'
  | 'dirty LRU page'
  | 'clean LRU page'
  | 'already truncated LRU page'
  | 'free buddy page'
  | 'dax page'
  | 'unsplit thp'
  | 'already poisoned page' // from 6.12 on
  | 'non struct page pfn' // 7.3 only
  | 'unknown page'
export type MfResult = 'Ignored' | 'Failed' | 'Delayed' | 'Recovered'

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
  return { ret: result === 'Recovered' || result === 'Delayed' ? 0 : -EBUSY, type, result }
}
