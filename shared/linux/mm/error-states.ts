import { hex } from '../../formats/hex.ts'
import type { Backing, FrameKind, Kernel } from '../kernel/state.ts'
import type { MfResult, PageType } from './action-result.ts'
import { printk } from '../kernel/printk.ts'
import { knob, type Version } from '../profile.ts'

/** What the handlers look at once the page is unmapped. */
export interface ErrorPage {
  readonly pfn: bigint
  readonly backing: Backing
  readonly dirty: boolean
  /** Somebody holds a reference that neither a mapping nor memory_failure() accounts for. */
  readonly pinned: boolean
}

type PageClass = 'huge' | 'swapcache' | 'lru'
type Action = (k: Kernel, type: PageType, page: ErrorPage) => MfResult

interface ErrorState {
  readonly page: PageClass
  readonly dirty: boolean | 'any'
  readonly type: PageType
  readonly action: Action
}

/**
 * error_states[]: first row that fits. The rows for reserved and slab pages, mlocked and unevictable pages are left
 * out: such pages do not come this far, or have lost the flag when they do.
 *
 * Spec: Linux 6.1.192, mm/memory-failure.c, error_states, identify_page_state.
 * Fidelity: exact for the rows that a report from GHES can reach.
 */
const ERROR_STATES: readonly ErrorState[] = [
  { page: 'huge', dirty: 'any', type: 'huge page', action: meHugePage },
  { page: 'swapcache', dirty: true, type: 'dirty swapcache page', action: meSwapcacheDirty },
  { page: 'swapcache', dirty: false, type: 'clean swapcache page', action: meSwapcacheClean },
  { page: 'lru', dirty: true, type: 'dirty LRU page', action: mePagecacheDirty },
  { page: 'lru', dirty: false, type: 'clean LRU page', action: mePagecacheClean }
]

function pageClass(backing: Backing): PageClass {
  if (backing.startsWith('hugetlb')) return 'huge'
  return backing === 'swap-cache' ? 'swapcache' : 'lru'
}

/** identify_page_state(): the type of the page and what its handler makes of it. */
export function identifyPageState(k: Kernel, page: ErrorPage): { type: PageType; result: MfResult } {
  const wanted = pageClass(page.backing)
  const state = ERROR_STATES.find((row) => row.page === wanted && (row.dirty === 'any' || row.dirty === page.dirty))
  if (state === undefined) return { type: 'unknown page', result: 'Failed' }
  return { type: state.type, result: state.action(k, state.type, page) }
}

/**
 * Clean (or cleaned) page cache page: dropped from the cache, but for shmem, which keeps it so that the next reader
 * hears of the error. An anonymous page is done with once it is unmapped, whoever else holds it.
 *
 * Spec: Linux 6.1.192, mm/memory-failure.c, me_pagecache_clean.
 * Fidelity: exact, but for file systems that cannot drop a page.
 */
function mePagecacheClean(k: Kernel, type: PageType, page: ErrorPage): MfResult {
  const ofFile = page.backing === 'file' || page.backing === 'shmem'
  return ofFile && hasExtraRefcount(k, type, page) ? 'Failed' : 'Recovered'
}

/**
 * Dirty page cache page: as a clean one, and the file remembers EIO.
 *
 * Spec: Linux 6.1.192, mm/memory-failure.c, me_pagecache_dirty.
 * Fidelity: omits the EIO that the next fsync() of the file reports.
 */
function mePagecacheDirty(k: Kernel, type: PageType, page: ErrorPage): MfResult {
  return mePagecacheClean(k, type, page)
}

/**
 * Dirty page in the swap cache: stays there, so that the swap-in finds it poisoned.
 *
 * Spec: Linux 6.1.192, mm/memory-failure.c, me_swapcache_dirty.
 * Fidelity: exact.
 */
function meSwapcacheDirty(k: Kernel, type: PageType, page: ErrorPage): MfResult {
  return hasExtraRefcount(k, type, page) ? 'Failed' : 'Delayed'
}

/**
 * Clean page in the swap cache: dropped; the next fault reads it from swap again.
 *
 * Spec: Linux 6.1.192, mm/memory-failure.c, me_swapcache_clean.
 * Fidelity: exact.
 */
function meSwapcacheClean(k: Kernel, type: PageType, page: ErrorPage): MfResult {
  return hasExtraRefcount(k, type, page) ? 'Failed' : 'Recovered'
}

/**
 * Huge page: a private one is dissolved and only the bad base page kept back; one of hugetlbfs stays in the file.
 *
 * Spec: Linux 6.1.192, mm/memory-failure.c, me_huge_page.
 * Fidelity: exact.
 */
function meHugePage(k: Kernel, type: PageType, page: ErrorPage): MfResult {
  return hasExtraRefcount(k, type, page) ? 'Failed' : 'Recovered'
}

function hasExtraRefcount(k: Kernel, type: PageType, { pfn, pinned }: ErrorPage): boolean {
  if (pinned) printk(k, `Memory failure: ${hex(pfn)}: ${type} still referenced by 1 users`)
  return pinned
}

/** Kinds of frames that memory_failure() is done with before it looks at mappings. */
export type EarlyKind = Exclude<FrameKind, 'dax' | 'file-clean' | 'file-dirty'>

/**
 * How a frame that is not on an LRU list ends. `reserved` is what 7.3 knows as the kernel's own: PG_reserved, as the image
 * with its zero page is, a slab, a page table; `kernel` is what somebody in the kernel holds without saying so.
 */
const EARLY_RESULT: Readonly<
  Record<EarlyKind, { readonly type: PageType | 'reserved' | 'kernel'; readonly result: MfResult }>
> = {
  free: { type: 'free buddy page', result: 'Recovered' },
  'free-hugetlb': { type: 'free huge page', result: 'Recovered' },
  'high-order-kernel': { type: 'high-order kernel page', result: 'Ignored' },
  slab: { type: 'reserved', result: 'Ignored' },
  reserved: { type: 'reserved', result: 'Ignored' },
  'page-table': { type: 'reserved', result: 'Ignored' },
  'kernel-text': { type: 'reserved', result: 'Ignored' },
  'kernel-data': { type: 'reserved', result: 'Ignored' },
  'zero-page': { type: 'reserved', result: 'Ignored' },
  'kernel-page': { type: 'kernel', result: 'Ignored' }
}

/**
 * Type and result of a frame that get_hwpoison_page() settles. `unrecoverable` marks those that 7.3 can panic on.
 *
 * Spec: Linux 6.1.192 and 7.3.4, mm/memory-failure.c, get_any_page, memory_failure.
 * Fidelity: exact.
 */
export function earlyOutcome(
  version: Version,
  kind: EarlyKind
): { type: PageType; result: MfResult; unhandlable: boolean; unrecoverable: boolean } {
  const { type, result } = EARLY_RESULT[kind]
  if (type !== 'kernel' && type !== 'reserved') return { type, result, unhandlable: false, unrecoverable: false }
  const unrecoverable = type === 'reserved' && knob(version, 'reservedKernelType')
  const reported = unrecoverable ? 'reserved kernel page' : knob(version, 'unhandlableType')
  return { type: reported, result, unhandlable: true, unrecoverable }
}
