/**
 * A persistent, sparse map from whole numbers to values: a change gives a new tree that shares all but one path with the
 * old one. Plain data, so a state that holds one can be copied and stored like any other.
 *
 * It is a radix tree of 32-way branches, each an array of a bitmap of the children present followed by those children. A
 * tree of `levels` levels has the keys from 0 to 32^levels - 1 (at most 2^50). A value above the lowest level covers all
 * keys under it, so a range takes no more room than its edges; such a value must not be an array.
 */
export type Tree<V> = V | Branch | undefined
type Branch = readonly unknown[]

const BITS = 5
const WIDTH = 1 << BITS
const FULL = -1
/** Keys that one child covers, by the level of its branch, the lowest first. */
const SPANS = Array.from({ length: 10 }, (_, level) => WIDTH ** level)

/** Levels that a tree needs for so many keys. */
export function levelsFor(keys: number): number {
  let levels = 1
  while (WIDTH ** levels < keys) levels++
  return levels
}

export function popcount(word: number): number {
  let n = word - ((word >>> 1) & 0x55555555)
  n = (n & 0x33333333) + ((n >>> 2) & 0x33333333)
  return (((n + (n >>> 4)) & 0x0f0f0f0f) * 0x01010101) >>> 24
}

const bitAt = (key: number, span: number) => 1 << ((key / span) & (WIDTH - 1))
const childAt = (mask: number, bit: number) => 1 + popcount(mask & (bit - 1))

/** The value of a key. */
export function valueAt<V>(tree: Tree<V>, levels: number, key: number): V | undefined {
  let node: unknown = tree
  for (let level = levels - 1; level >= 0 && Array.isArray(node); level--) {
    const bit = bitAt(key, SPANS[level] as number)
    const mask = node[0] as number
    node = (mask & bit) === 0 ? undefined : node[childAt(mask, bit)]
  }
  return node as V | undefined
}

/** The tree with the value of one key replaced, or taken out where it is undefined. */
export function withValue<V>(tree: Tree<V>, levels: number, key: number, value: V | undefined): Tree<V> {
  return put(tree, SPANS[levels - 1] as number, key, value) as Tree<V>
}

function put(node: unknown, span: number, key: number, value: unknown): unknown {
  if (span < 1) return value
  if (node !== undefined && !Array.isArray(node))
    return put([FULL, ...Array<unknown>(WIDTH).fill(node)], span, key, value)
  const bit = bitAt(key, span)
  const branch = node as Branch | undefined
  const mask = branch === undefined ? 0 : (branch[0] as number)
  const at = childAt(mask, bit)
  const present = (mask & bit) !== 0
  const child = put(present ? branch?.[at] : undefined, span / WIDTH, key, value)
  if (child === undefined) return present ? withoutChild(branch as Branch, mask & ~bit, at) : branch
  if (branch === undefined) return [bit, child]
  const next = present ? branch.slice() : branch.toSpliced(at, 0, child)
  next[at] = child
  next[0] = mask | bit
  return next
}

function withoutChild(branch: Branch, mask: number, at: number): Branch | undefined {
  if (mask === 0) return undefined
  const rest = branch.toSpliced(at, 1)
  rest[0] = mask
  return rest
}

/** What a range of keys becomes; `key` is the first of `size` keys that had one value, or none. */
type Change<V> = (value: V | undefined, key: number) => V | undefined

/** The tree with keys `[first, end)` set to a value, or taken out where it is undefined. */
export function withRange<V>(tree: Tree<V>, levels: number, first: number, end: number, value: V | undefined): Tree<V> {
  if (end - first === 1) return withValue(tree, levels, first, value)
  return fill(tree, SPANS[levels - 1] as number, 0, first, end, { value }) as Tree<V>
}

/** The tree with each key of `[first, end)` changed; a branch that several of them share is copied once. */
export function withEach<V>(tree: Tree<V>, levels: number, first: number, end: number, change: Change<V>): Tree<V> {
  if (end - first === 1) return withValue(tree, levels, first, change(valueAt(tree, levels, first), first))
  return fill(tree, SPANS[levels - 1] as number, 0, first, end, { change: change as Change<unknown> }) as Tree<V>
}

interface Filling {
  readonly change?: Change<unknown>
  readonly value?: unknown
}

/** `node` covers 32 times `span` keys from `start` on. */
function fill(node: unknown, span: number, start: number, first: number, end: number, filling: Filling): unknown {
  if (span < 1) return filling.change === undefined ? filling.value : filling.change(node, start)
  if (filling.change === undefined) {
    if (node === filling.value) return node
    if (first <= start && end >= start + span * WIDTH) return filling.value
  }
  const isBranch = Array.isArray(node)
  const present = isBranch ? (node[0] as number) : node === undefined ? 0 : FULL
  const next: unknown[] = [0]
  let mask = 0
  for (let slot = 0, at = 1; slot < WIDTH; slot++) {
    const isPresent = (present & (1 << slot)) !== 0
    const child: unknown = isPresent ? (isBranch ? node[at++] : node) : undefined
    const from = start + slot * span
    const changed = from < end && from + span > first ? fill(child, span / WIDTH, from, first, end, filling) : child
    if (changed === undefined) continue
    mask |= 1 << slot
    next.push(changed)
  }
  next[0] = mask
  return mask === 0 ? undefined : next
}

/** Sees a value and the keys `[start, start + size)` that it covers; true ends the visit. */
type Visit<V> = (value: V, start: number, size: number) => boolean

/** Visits all values that cover a key of `[first, end)`, in order. True when a visit has ended it. */
export function visit<V>(tree: Tree<V>, levels: number, first: number, end: number, see: Visit<V>): boolean {
  return descend(tree, WIDTH ** levels, 0, first, end, see as Visit<unknown>)
}

function descend(node: unknown, size: number, start: number, first: number, end: number, see: Visit<unknown>): boolean {
  if (node === undefined || start >= end || start + size <= first) return false
  if (size === 1 || !Array.isArray(node)) return see(node, start, size)
  const span = size / WIDTH
  const all = node[0] as number
  const skipped = first > start ? (1 << ((first - start) / span)) - 1 : 0
  let at = 1 + popcount(all & skipped)
  for (let mask = all & ~skipped; mask !== 0; mask &= mask - 1) {
    const from = start + popcount((mask & -mask) - 1) * span
    if (from >= end) return false
    if (descend(node[at++], span, from, first, end, see)) return true
  }
  return false
}
