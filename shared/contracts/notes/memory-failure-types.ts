/**
 * Page types of the result line and of memory_failure_event, in the enum's order.
 *
 * Spec: Linux 6.1.192, 6.12.117 and 7.3.4, include/linux/mm.h, enum mf_action_page_type; mm/memory-failure.c,
 * action_page_types; include/ras/ras_event.h, MF_PAGE_TYPE.
 * Fidelity: exact.
 */
export const MF_PAGE_TYPES = [
  'reserved kernel page',
  'high-order kernel page',
  'kernel slab page', // 6.1 only
  'different compound page after locking', // 6.1 only
  'huge page',
  'free huge page',
  'get hwpoison page', // from 6.12 on
  'unmapping failed page',
  'dirty swapcache page',
  'clean swapcache page',
  'dirty mlocked LRU page',
  'clean mlocked LRU page',
  'dirty unevictable LRU page',
  'clean unevictable LRU page',
  'dirty LRU page',
  'clean LRU page',
  'already truncated LRU page',
  'free buddy page',
  'dax page',
  'unsplit thp',
  'already poisoned page', // from 6.12 on
  'non struct page pfn', // 7.3 only
  'unknown page'
] as const
export const MF_RESULTS = ['Ignored', 'Failed', 'Delayed', 'Recovered'] as const

/** What each stands for, as enum mf_result has it. */
export const MF_RESULT_MEANS = {
  Ignored: 'the page cannot be handled: it stays as it is',
  Failed: 'handling the page has failed',
  Delayed: 'the page is handled when somebody comes for it',
  Recovered: 'the page is out of use, and whoever needed it has been told'
} as const satisfies Record<(typeof MF_RESULTS)[number], string>
