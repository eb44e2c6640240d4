/**
 * A persistent, sparse set of page frame numbers up to 2^40: adding or removing gives a new set that shares all but
 * one path with the old one. Plain data, so a state that holds one can be copied and stored like any other.
 *
 * Frames are grouped by 8192. A group with few members is a sorted list of offsets, a fuller one a bitmap; the groups
 * hang in a radix tree of 32-way nodes, each an array of a bitmap of the children present followed by those children.
 */
export interface PageSet {
  readonly size: number
  readonly root: Node | undefined
}

/** Words, offsets or (in a branch) the mask and then child nodes. */
type Node = readonly (number | Node)[]
type Leaf = readonly number[]

const GROUP_BITS = 13
const GROUP_FRAMES = 1 << GROUP_BITS
const GROUP_MASK = GROUP_FRAMES - 1
const BRANCH_BITS = 5
const BRANCH_MASK = (1 << BRANCH_BITS) - 1
/** 27 bits of group number in levels of 5, the topmost of 2. */
const TOP_SHIFT = 25
const WORDS = GROUP_FRAMES / 32
/** Longest sorted list. A list is told from a bitmap by its length. */
const LIST_MAX = WORDS - 1
const MAX_PFN = 2 ** 40

export const EMPTY_PAGE_SET: PageSet = { size: 0, root: undefined }

/** The frame number as a number; throws a RangeError when it is not within 0 to 2^40 - 1. */
function frame(pfn: bigint | number): number {
  const n = Number(pfn)
  if (n >= 0 && n < MAX_PFN) return n
  throw new RangeError(`page frame number ${pfn} is outside of 2^40 frames`)
}

function popcount(word: number): number {
  let n = word - ((word >>> 1) & 0x55555555)
  n = (n & 0x33333333) + ((n >>> 2) & 0x33333333)
  return (((n + (n >>> 4)) & 0x0f0f0f0f) * 0x01010101) >>> 24
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

const childBit = (group: number, shift: number) => 1 << ((group >>> shift) & BRANCH_MASK)
const childAt = (mask: number, bit: number) => 1 + popcount(mask & (bit - 1))

function leafOf(set: PageSet, group: number): Leaf | undefined {
  let node = set.root
  for (let shift = TOP_SHIFT; shift >= 0 && node !== undefined; shift -= BRANCH_BITS) {
    const bit = childBit(group, shift)
    const mask = node[0] as number
    node = (mask & bit) === 0 ? undefined : (node[childAt(mask, bit)] as Node)
  }
  return node as Leaf | undefined
}

/** The tree with the leaf of a group replaced, or taken out when `leaf` is undefined. */
function withLeaf(node: Node | undefined, group: number, shift: number, leaf: Leaf | undefined): Node | undefined {
  if (shift < 0) return leaf
  const bit = childBit(group, shift)
  const mask = node === undefined ? 0 : (node[0] as number)
  const at = childAt(mask, bit)
  const present = (mask & bit) !== 0
  const child = withLeaf(present ? ((node as Node)[at] as Node) : undefined, group, shift - BRANCH_BITS, leaf)
  if (child === undefined) {
    if ((mask & ~bit) === 0) return undefined
    const rest = (node as Node).toSpliced(at, 1)
    rest[0] = mask & ~bit
    return rest
  }
  const next = node === undefined ? [0, child] : present ? node.slice() : node.toSpliced(at, 0, child)
  next[at] = child
  next[0] = mask | bit
  return next
}

export function hasPage(set: PageSet, pfn: bigint | number): boolean {
  if (set.size === 0) return false
  const n = frame(pfn)
  const leaf = leafOf(set, Math.floor(n / GROUP_FRAMES))
  return leaf !== undefined && leafHas(leaf, n & GROUP_MASK)
}

/** The set with the frame in it; the same set when it was there already. Throws a RangeError from 2^40 on. */
export function addPage(set: PageSet, pfn: bigint | number): PageSet {
  const n = frame(pfn)
  const group = Math.floor(n / GROUP_FRAMES)
  const leaf = leafOf(set, group)
  if (leaf !== undefined && leafHas(leaf, n & GROUP_MASK)) return set
  const next = leaf === undefined ? [n & GROUP_MASK] : leafAdd(leaf, n & GROUP_MASK)
  return { size: set.size + 1, root: withLeaf(set.root, group, TOP_SHIFT, next) }
}

/** The set without the frame; the same set when it was not there. */
export function deletePage(set: PageSet, pfn: bigint | number): PageSet {
  const n = frame(pfn)
  const group = Math.floor(n / GROUP_FRAMES)
  const leaf = leafOf(set, group)
  if (leaf === undefined || !leafHas(leaf, n & GROUP_MASK)) return set
  return { size: set.size - 1, root: withLeaf(set.root, group, TOP_SHIFT, leafDelete(leaf, n & GROUP_MASK)) }
}

/** The lowest frame of the set that is not below `from`; undefined when there is none. */
export function firstPageFrom(set: PageSet, from: bigint | number): bigint | undefined {
  const found = set.root === undefined ? undefined : seek(set.root, TOP_SHIFT, 0, frame(from))
  return found === undefined ? undefined : BigInt(found)
}

function seek(node: Node, shift: number, prefix: number, from: number): number | undefined {
  if (shift < 0) {
    for (const offset of leafOffsets(node as Leaf)) if (prefix + offset >= from) return prefix + offset
    return undefined
  }
  const span = 2 ** (shift + GROUP_BITS)
  let at = 1
  for (let mask = node[0] as number; mask !== 0; mask &= mask - 1) {
    const start = prefix + popcount((mask & -mask) - 1) * span
    const child = node[at++] as Node
    if (start + span <= from) continue
    const found = seek(child, shift - BRANCH_BITS, start, from)
    if (found !== undefined) return found
  }
  return undefined
}

/** Whether any of `count` frames from `start` on is in the set. */
export function hasPageWithin(set: PageSet, start: bigint, count: bigint): boolean {
  if (set.size === 0) return false
  const first = firstPageFrom(set, start)
  return first !== undefined && first < start + count
}

/** The frames, ascending. */
export function* pagesOf(set: PageSet): Generator<bigint> {
  if (set.root !== undefined) yield* pagesUnder(set.root, TOP_SHIFT, 0)
}

function* pagesUnder(node: Node, shift: number, prefix: number): Generator<bigint> {
  if (shift < 0) {
    for (const offset of leafOffsets(node as Leaf)) yield BigInt(prefix + offset)
    return
  }
  let at = 1
  for (let mask = node[0] as number; mask !== 0; mask &= mask - 1) {
    const child = popcount((mask & -mask) - 1)
    yield* pagesUnder(node[at++] as Node, shift - BRANCH_BITS, prefix + child * 2 ** (shift + GROUP_BITS))
  }
}
