/**
 * A persistent map from page number to a value, shaped like a translation table: six levels of 64 entries (48-bit
 * addresses of 4 KiB pages; smaller tables than the architecture's, since a change copies one of each level), where a
 * value high in the tree covers its whole block. Setting a range makes a new tree that
 * shares everything but the tables it changes, so taking single pages out of a large block stays cheap. Plain data.
 *
 * Values must not be arrays.
 */
export type PageTree<V> = V | Table<V> | undefined
type Table<V> = readonly PageTree<V>[]

const BITS = 6
const ENTRIES = 1 << BITS
const LEVELS = 6
const TOP_SPAN = 2 ** ((LEVELS - 1) * BITS)
/** Page numbers below this fit. */
export const PAGE_LIMIT = 2 ** (LEVELS * BITS)
/** Addresses below this fit. */
export const ADDRESS_LIMIT = 1n << 48n
export const PAGE_SHIFT = 12n
export const PAGE_SIZE = 1n << PAGE_SHIFT

const isTable = <V>(tree: PageTree<V>): tree is Table<V> => Array.isArray(tree)

/** Number of the page that holds an address below 2^48. */
export function pageOf(address: bigint): number {
  return Number(address >> PAGE_SHIFT)
}

/** The value of a page, undefined when it has none or lies outside of the tree. */
export function pageValue<V>(tree: PageTree<V>, page: number): V | undefined {
  let span = TOP_SPAN
  let rest = page
  let at = tree
  if (page < 0 || page >= PAGE_LIMIT) return undefined
  while (isTable(at)) {
    const index = Math.floor(rest / span)
    at = at[index]
    rest -= index * span
    span /= ENTRIES
  }
  return at
}

/** The tree with pages `[first, end)` set to a value, or cleared where it is undefined. */
export function setPages<V>(tree: PageTree<V>, first: number, end: number, value: V | undefined): PageTree<V> {
  return fill(tree, TOP_SPAN, Math.max(first, 0), Math.min(end, PAGE_LIMIT), value)
}

/** `tree` covers 64 times `span` pages; `first` and `end` count from its own start. */
function fill<V>(tree: PageTree<V>, span: number, first: number, end: number, value: V | undefined): PageTree<V> {
  if (first >= end || tree === value) return tree
  if (first === 0 && end === span * ENTRIES) return value
  const table = isTable(tree) ? tree.slice() : Array.from<PageTree<V>>({ length: ENTRIES }).fill(tree)
  const from = Math.floor(first / span)
  const to = Math.ceil(end / span)
  for (let index = from; index < to; index++) {
    const start = index * span
    const whole = first <= start && end >= start + span
    table[index] = whole
      ? value
      : fill(table[index], span / ENTRIES, Math.max(first - start, 0), Math.min(end - start, span), value)
  }
  return table.every((entry) => entry === undefined) ? undefined : table
}

/** A run of pages with one value. */
export interface PageRun<V> {
  readonly first: number
  readonly end: number
  readonly value: V
}

/** All runs within pages `[first, end)`, in order; neighbours with an equal value are one run. */
export function pageRuns<V>(tree: PageTree<V>, first = 0, end = PAGE_LIMIT): readonly PageRun<V>[] {
  const runs: PageRun<V>[] = []
  collect(tree, 0, TOP_SPAN * ENTRIES, first, end, runs)
  return runs
}

function collect<V>(
  tree: PageTree<V>,
  start: number,
  size: number,
  first: number,
  end: number,
  runs: PageRun<V>[]
): void {
  if (tree === undefined || start >= end || start + size <= first) return
  if (isTable(tree)) {
    const span = size / ENTRIES
    for (const [index, entry] of tree.entries()) collect(entry, start + index * span, span, first, end, runs)
    return
  }
  const run = { first: Math.max(start, first), end: Math.min(start + size, end), value: tree }
  const last = runs.at(-1)
  if (last?.end === run.first && last.value === run.value) runs[runs.length - 1] = { ...last, end: run.end }
  else runs.push(run)
}
