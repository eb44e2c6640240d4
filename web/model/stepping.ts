import { HOP_MARKS, type Row } from '../../shared/rows/row.ts'
import type { Visible } from '../../shared/rows/visible.ts'

/** Where `j`, `k`, `n` and `p` lead to: to the next row that is shown, or to the next mark. */
export function stepFrom(
  visible: readonly Visible[],
  selected: number | undefined,
  by: 1 | -1,
  { hopsOnly = false, start = 0 }: { readonly hopsOnly?: boolean; readonly start?: number } = {}
): number | undefined {
  const rows = visible.flatMap((one) => (one.kind === 'row' && (!hopsOnly || isHop(one.row)) ? [one.row.place] : []))
  if (selected === undefined) {
    return by === 1 ? (rows.find((place) => place >= start) ?? rows[0]) : rows.at(-1)
  }
  const next = by === 1 ? rows.find((place) => place > selected) : rows.findLast((place) => place < selected)
  return next ?? (rows.includes(selected) ? selected : by === 1 ? rows.at(-1) : rows[0])
}

const isHop = ({ mark, isEnd }: Row) => isEnd || HOP_MARKS.has(mark)
