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
