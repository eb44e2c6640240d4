import type { Visible } from '../../shared/rows/visible.ts'

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

/** Which of what is shown holds a moment: the last that has begun by then; undefined before the first. */
export function rowAt(visible: readonly Visible[], place: number): number | undefined {
  const at = visible.findLastIndex((one) => firstPlace(one) <= place)
  return at < 0 ? undefined : at
}

const firstPlace = (one: Visible): number => (one.kind === 'row' ? one.row.place : one.key)
