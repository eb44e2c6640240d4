import type { Visible } from './visible.ts'

export interface Heights {
  readonly row: number
  readonly fold: number
  /** A fold of one or two rows, which says no more than how many. */
  readonly small: number
}

export const WIDE: Heights = { row: 27, fold: 20, small: 14 }
export const PHONE: Heights = { row: 40, fold: 26, small: 26 }
const FEW = 3

/** Whether a fold is too small to say what it holds. */
export const isSmall = (one: Visible): boolean =>
  one.kind === 'fold' && one.why === 'detail' && !one.isOpen && one.rows.length < FEW

/** Where each row begins, in px from the top, and at the end how high all are. */
export function offsetsOf(visible: readonly Visible[], heights: Heights): Float64Array {
  const offsets = new Float64Array(visible.length + 1)
  visible.forEach((one, index) => {
    const height =
      one.kind === 'row' || one.why !== 'detail' ? heights.row : isSmall(one) ? heights.small : heights.fold
    offsets[index + 1] = (offsets[index] ?? 0) + height
  })
  return offsets
}

/** The rows that a window shows, `[from, to)`, with a margin of px around it. */
export function windowOf(
  offsets: Float64Array,
  top: number,
  height: number,
  margin = 200
): readonly [from: number, to: number] {
  const count = offsets.length - 1
  let from = 0
  let end = count
  while (from < end) {
    const middle = (from + end) >> 1
    if ((offsets[middle + 1] ?? 0) < top - margin) from = middle + 1
    else end = middle
  }
  let to = from
  while (to < count && (offsets[to] ?? 0) < top + height + margin) to++
  return [from, to]
}

/** Where to scroll so that a row is seen with some rows around it; undefined where it is. */
export function scrollTo(
  offsets: Float64Array,
  index: number,
  top: number,
  height: number,
  around = 90
): number | undefined {
  const begins = offsets[index] ?? 0
  const ends = offsets[index + 1] ?? begins
  if (begins < top + around / 2) return Math.max(0, begins - around)
  if (ends > top + height - around / 2) return ends - height + around
  return undefined
}
