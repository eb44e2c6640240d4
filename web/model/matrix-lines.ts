import type { Cell } from '../../shared/rows/cells.ts'
import type { MatrixGroup, MatrixRow } from './matrix.ts'

/** What stands in the matrix, line by line: the name of a folder, and each of its rows; `y` is its place among rows, from 0. */
export type MatrixLine =
  | { readonly kind: 'folder'; readonly folder: string; readonly count: number }
  | { readonly kind: 'row'; readonly row: MatrixRow; readonly y: number }

/** In px, with the space below. */
const HEIGHTS: Readonly<Record<MatrixLine['kind'], number>> = { folder: 34, row: 26 }

export function matrixLines(groups: readonly MatrixGroup[]): readonly MatrixLine[] {
  let y = 0
  return groups.flatMap(({ folder, rows }): readonly MatrixLine[] => [
    { kind: 'folder', folder, count: rows.length },
    ...rows.map((row): MatrixLine => ({ kind: 'row', row, y: y++ }))
  ])
}

/** Where each line begins, in px from the top, and at the end how high all are. */
export function lineOffsets(lines: readonly MatrixLine[]): Float64Array {
  const offsets = new Float64Array(lines.length + 1)
  lines.forEach(({ kind }, index) => (offsets[index + 1] = (offsets[index] ?? 0) + HEIGHTS[kind]))
  return offsets
}

/** A line that is drawn, or so many px of others that are not. */
export type Drawn = { readonly index: number } | { readonly gap: number; readonly before: number }

/** The lines of a window and one more, which holds the focus, with gaps in place of all others. */
export function drawnLines(
  offsets: Float64Array,
  [from, to]: readonly [number, number],
  held: number | undefined
): readonly Drawn[] {
  const count = offsets.length - 1
  const inSight = Array.from({ length: to - from }, (_, nth) => from + nth)
  const indices = held === undefined || (held >= from && held < to) ? inSight : [...inSight, held].sort((a, b) => a - b)
  const drawn: Drawn[] = []
  let next = 0
  for (const index of [...indices, count]) {
    if (index > next) drawn.push({ gap: (offsets[index] ?? 0) - (offsets[next] ?? 0), before: index })
    if (index < count) drawn.push({ index })
    next = index + 1
  }
  return drawn
}

/** How many rows of a column end how, from the mildest end. */
export function sumsOf(
  rows: readonly MatrixRow[],
  column: number,
  order: readonly Cell[]
): readonly { readonly cell: Cell; readonly count: number }[] {
  const counts = Map.groupBy(rows, ({ cells }) => cells[column])
  return order.flatMap((cell) => {
    const count = counts.get(cell)?.length ?? 0
    return count === 0 ? [] : [{ cell, count }]
  })
}
