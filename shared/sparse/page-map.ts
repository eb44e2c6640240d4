import { valueAt, visit, withRange, type Tree } from './tree.ts'

/**
 * A persistent map from page number to a value, for 48-bit addresses of 4 KiB pages. A range with one value takes no more
 * room than its edges, and taking single pages out of a large range stays cheap. Values must not be arrays.
 */
export type PageMap<V> = Tree<V>

/** 36 bits of page number in levels of five. */
const LEVELS = 8
/** Page numbers below this fit. */
export const PAGE_LIMIT = 2 ** 36
/** Addresses below this fit. */
export const ADDRESS_LIMIT = 1n << 48n
export const PAGE_SHIFT = 12n
export const PAGE_SIZE = 1n << PAGE_SHIFT

/** Number of the page that holds an address below 2^48. */
export function pageOf(address: bigint): number {
  return Number(address >> PAGE_SHIFT)
}

/** The value of a page, undefined when it has none or lies outside of the map. */
export function pageValue<V>(map: PageMap<V>, page: number): V | undefined {
  return page < 0 || page >= PAGE_LIMIT ? undefined : valueAt(map, LEVELS, page)
}

/** The map with pages `[first, end)` set to a value, or cleared where it is undefined. */
export function setPages<V>(map: PageMap<V>, first: number, end: number, value: V | undefined): PageMap<V> {
  const [from, to] = [Math.max(first, 0), Math.min(end, PAGE_LIMIT)]
  return from < to ? withRange(map, LEVELS, from, to, value) : map
}

/** A run of pages with one value. */
export interface PageRun<V> {
  readonly first: number
  readonly end: number
  readonly value: V
}

/** All runs within pages `[first, end)`, in order; neighbours with an equal value are one run. */
export function pageRuns<V>(map: PageMap<V>, first = 0, end = PAGE_LIMIT): readonly PageRun<V>[] {
  const runs: PageRun<V>[] = []
  visit(map, LEVELS, first, end, (value, start, size) => {
    const run = { first: Math.max(start, first), end: Math.min(start + size, end), value }
    const last = runs.at(-1)
    if (last?.end === run.first && last.value === run.value) runs[runs.length - 1] = { ...last, end: run.end }
    else runs.push(run)
    return false
  })
  return runs
}
