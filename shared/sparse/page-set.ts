import { popcount, valueAt, visit, withValue, type Tree } from './tree.ts'

/**
 * A persistent, sparse set of page frame numbers up to 2^40: adding or removing gives a new set that shares all but
 * one path with the old one. Plain data, so a state that holds one can be copied and stored like any other.
 *
 * Frames are grouped by 8192. A group with few members is a sorted list of offsets, a fuller one a bitmap.
 */
export interface PageSet {
  readonly size: number
  readonly groups: Tree<Leaf>
}

/** Offsets within the group, or the words of a bitmap. */
type Leaf = readonly number[]

const GROUP_BITS = 13
const GROUP_FRAMES = 1 << GROUP_BITS
const GROUP_MASK = GROUP_FRAMES - 1
/** 27 bits of group number in levels of five. */
const LEVELS = 6
const WORDS = GROUP_FRAMES / 32
/** Longest sorted list. A list is told from a bitmap by its length. */
const LIST_MAX = WORDS - 1
const MAX_PFN = 2 ** 40
const GROUPS = MAX_PFN / GROUP_FRAMES

export const EMPTY_PAGE_SET: PageSet = { size: 0, groups: undefined }

/** The frame number as a number; throws a RangeError when it is not within 0 to 2^40 - 1. */
function frame(pfn: bigint | number): number {
  const n = Number(pfn)
  if (n >= 0 && n < MAX_PFN) return n
  throw new RangeError(`page frame number ${pfn} is outside of 2^40 frames`)
}

/** Index of the first offset in a sorted list that is not below `offset`. */
function lowerBound(list: Leaf, offset: number): number {
  let low = 0
  let high = list.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((list[middle] as number) < offset) low = middle + 1
    else high = middle
  }
  return low
}

const isBitmap = (leaf: Leaf) => leaf.length === WORDS

function leafHas(leaf: Leaf, offset: number): boolean {
  if (isBitmap(leaf)) return (((leaf[offset >>> 5] as number) >>> (offset & 31)) & 1) === 1
  return leaf[lowerBound(leaf, offset)] === offset
}

function leafAdd(leaf: Leaf, offset: number): Leaf {
  if (isBitmap(leaf)) {
    const words = leaf.slice()
    words[offset >>> 5] = (words[offset >>> 5] as number) | (1 << (offset & 31))
    return words
  }
  if (leaf.length < LIST_MAX) return leaf.toSpliced(lowerBound(leaf, offset), 0, offset)
  const words: number[] = []
  for (let i = 0; i < WORDS; i++) words.push(0)
  for (const member of [...leaf, offset]) words[member >>> 5] = (words[member >>> 5] as number) | (1 << (member & 31))
  return words
}

/** Undefined when nothing is left. A bitmap falls back to a list only when it is half as full as that allows. */
function leafDelete(leaf: Leaf, offset: number): Leaf | undefined {
  if (!isBitmap(leaf)) {
    if (leaf.length === 1) return undefined
    const at = lowerBound(leaf, offset)
    return leaf.toSpliced(at, 1)
  }
  const words = leaf.slice()
  words[offset >>> 5] = (words[offset >>> 5] as number) & ~(1 << (offset & 31))
  let members = 0
  for (const word of words) members += popcount(word)
  return members <= LIST_MAX >>> 1 ? [...leafOffsets(words)] : words
}

function* leafOffsets(leaf: Leaf): Generator<number> {
  if (!isBitmap(leaf)) return yield* leaf
  for (const [at, word] of leaf.entries()) {
    for (let left = word; left !== 0; left &= left - 1) yield at * 32 + popcount((left & -left) - 1)
  }
}

/** The lowest offset of a leaf that is not below another. */
function firstOffset(leaf: Leaf, from: number): number | undefined {
  if (!isBitmap(leaf)) return leaf[lowerBound(leaf, from)]
  for (let at = from >>> 5; at < WORDS; at++) {
    const word = (leaf[at] as number) & (at === from >>> 5 ? -1 << (from & 31) : -1)
    if (word !== 0) return at * 32 + popcount((word & -word) - 1)
  }
  return undefined
}

export function hasPage(set: PageSet, pfn: bigint | number): boolean {
  if (set.size === 0) return false
  const n = frame(pfn)
  const leaf = valueAt(set.groups, LEVELS, Math.floor(n / GROUP_FRAMES))
  return leaf !== undefined && leafHas(leaf, n & GROUP_MASK)
}

/** The set with the frame in it; the same set when it was there already. Throws a RangeError from 2^40 on. */
export function addPage(set: PageSet, pfn: bigint | number): PageSet {
  const n = frame(pfn)
  const group = Math.floor(n / GROUP_FRAMES)
  const leaf = valueAt(set.groups, LEVELS, group)
  if (leaf !== undefined && leafHas(leaf, n & GROUP_MASK)) return set
  const next = leaf === undefined ? [n & GROUP_MASK] : leafAdd(leaf, n & GROUP_MASK)
  return { size: set.size + 1, groups: withValue(set.groups, LEVELS, group, next) }
}

/** The set without the frame; the same set when it was not there. */
export function deletePage(set: PageSet, pfn: bigint | number): PageSet {
  const n = frame(pfn)
  const group = Math.floor(n / GROUP_FRAMES)
  const leaf = valueAt(set.groups, LEVELS, group)
  if (leaf === undefined || !leafHas(leaf, n & GROUP_MASK)) return set
  const next = leafDelete(leaf, n & GROUP_MASK)
  return { size: set.size - 1, groups: withValue(set.groups, LEVELS, group, next) }
}

/** The lowest frame of the set that is not below `from`; undefined when there is none. */
export function firstPageFrom(set: PageSet, from: bigint | number): bigint | undefined {
  const n = frame(from)
  let found: number | undefined
  visit(set.groups, LEVELS, Math.floor(n / GROUP_FRAMES), GROUPS, (leaf, group) => {
    const start = group * GROUP_FRAMES
    found = n <= start ? firstOffset(leaf, 0) : firstOffset(leaf, n - start)
    if (found !== undefined) found += start
    return found !== undefined
  })
  return found === undefined ? undefined : BigInt(found)
}

/** Whether any of `count` frames from `start` on is in the set. */
export function hasPageWithin(set: PageSet, start: bigint, count: bigint): boolean {
  if (set.size === 0) return false
  const first = firstPageFrom(set, start)
  return first !== undefined && first < start + count
}

/** The frames, ascending. */
export function* pagesOf(set: PageSet): Generator<bigint> {
  const groups: { readonly leaf: Leaf; readonly group: number }[] = []
  visit(set.groups, LEVELS, 0, GROUPS, (leaf, group) => groups.push({ leaf, group }) < 0)
  for (const { leaf, group } of groups) {
    for (const offset of leafOffsets(leaf)) yield BigInt(group * GROUP_FRAMES + offset)
  }
}
