import type { Context, Kernel } from '../kernel/state.ts'
import { EBUSY } from '../kernel/errno.ts'
import { hex, printk, trace } from '../kernel/printk.ts'
import type { Version } from '../profile.ts'

/**
 * Page types of the result line and of memory_failure_event, with their numbers; undefined where a version lacks one.
 *
 * Spec: Linux 6.1.192, 6.12.117 and 7.3.4, include/linux/mm.h, enum mf_action_page_type; mm/memory-failure.c,
 * action_page_types; include/ras/ras_event.h, MF_PAGE_TYPE.
 * Fidelity: exact.
 */
const PAGE_TYPES = [
  ['reserved kernel page', { '6.1': 0, '6.12': 0, '7.3': 0 }],
  ['high-order kernel page', { '6.1': 1, '6.12': 1, '7.3': 1 }],
  ['kernel slab page', { '6.1': 2, '6.12': undefined, '7.3': undefined }],
  ['different compound page after locking', { '6.1': 3, '6.12': undefined, '7.3': undefined }],
  ['huge page', { '6.1': 4, '6.12': 3, '7.3': 3 }],
  ['free huge page', { '6.1': 5, '6.12': 4, '7.3': 4 }],
  ['get hwpoison page', { '6.1': undefined, '6.12': 5, '7.3': 5 }],
  ['unmapping failed page', { '6.1': 6, '6.12': 6, '7.3': 6 }],
  ['dirty swapcache page', { '6.1': 7, '6.12': 7, '7.3': 7 }],
  ['clean swapcache page', { '6.1': 8, '6.12': 8, '7.3': 8 }],
  ['dirty mlocked LRU page', { '6.1': 9, '6.12': 9, '7.3': 9 }],
  ['clean mlocked LRU page', { '6.1': 10, '6.12': 10, '7.3': 10 }],
  ['dirty unevictable LRU page', { '6.1': 11, '6.12': 11, '7.3': 11 }],
  ['clean unevictable LRU page', { '6.1': 12, '6.12': 12, '7.3': 12 }],
  ['dirty LRU page', { '6.1': 13, '6.12': 13, '7.3': 13 }],
  ['clean LRU page', { '6.1': 14, '6.12': 14, '7.3': 14 }],
  ['already truncated LRU page', { '6.1': 15, '6.12': 15, '7.3': 15 }],
  ['free buddy page', { '6.1': 16, '6.12': 16, '7.3': 16 }],
  ['dax page', { '6.1': 17, '6.12': 17, '7.3': 17 }],
  ['unsplit thp', { '6.1': 18, '6.12': 18, '7.3': 18 }],
  ['already poisoned page', { '6.1': undefined, '6.12': 19, '7.3': 19 }],
  ['non struct page pfn', { '6.1': undefined, '6.12': undefined, '7.3': 20 }],
  ['unknown page', { '6.1': 19, '6.12': 20, '7.3': 21 }]
] as const satisfies readonly (readonly [string, Readonly<Record<Version, number | undefined>>])[]

export type PageType = (typeof PAGE_TYPES)[number][0]
export type MfResult = 'Ignored' | 'Failed' | 'Delayed' | 'Recovered'

/** Number of a type in `memory_failure_event`. */
export function pageTypeNumber(version: Version, type: PageType): number | undefined {
  return PAGE_TYPES.find(([name]) => name === type)?.[1][version]
}

/** Numbers of the results, as in the trace event. */
export const MF_RESULT_NUMBER: Readonly<Record<MfResult, number>> = { Ignored: 0, Failed: 1, Delayed: 2, Recovered: 3 }

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
