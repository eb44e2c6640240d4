import { CELLS, isCell } from '../../shared/rows/cells.ts'
import { sumsOf } from '../model/matrix-lines.ts'
import { columnText, headGroups, type MatrixColumn, type MatrixRow } from '../model/matrix.ts'

export interface MatrixHeadProps {
  readonly columns: readonly MatrixColumn[]
  /** Those that are shown. */
  readonly rows: readonly MatrixRow[]
  /** The column that is looked at, from 0. */
  readonly at: number
}

/** How many lines there are above the first row. */
export const HEAD_LINES = 3

/** The VMMs, how often each of their columns ends how, and the columns' names. */
export function MatrixHead({ columns, rows, at }: MatrixHeadProps) {
  const heads = headGroups(columns)
  return (
    <thead>
      <tr aria-rowindex={1}>
        <td />
        {heads.map(({ name, columns: own }, index) => (
          <th key={index} scope="colgroup" colSpan={own.length} class={name === '' ? 'alone' : undefined}>
            {name === '' ? <span class="sr">alone</span> : name}
          </th>
        ))}
      </tr>
      <tr aria-rowindex={2}>
        <th scope="row" class="all">
          all of a column
        </th>
        {columns.map((_, x) => (
          <td key={x}>
            <SumBar rows={rows} column={x} />
          </td>
        ))}
      </tr>
      <tr aria-rowindex={3}>
        <th scope="col">scenario</th>
        {heads
          .flatMap((head) => head.columns)
          .map(({ name, column }, x) => (
            <th key={x} scope="col" class={x === at ? 'column here' : 'column'} title={columnText(column)}>
              <span>{name}</span>
            </th>
          ))}
      </tr>
    </thead>
  )
}

const ORDER = Object.keys(CELLS).filter(isCell)

/** One element, whatever is in it. */
function SumBar({ rows, column }: { readonly rows: readonly MatrixRow[]; readonly column: number }) {
  const sums = sumsOf(rows, column, ORDER)
  let below = 0
  const stops = sums.map(({ cell, count }) => {
    const from = (100 * below) / rows.length
    below += count
    return `var(--c-${CELLS[cell].key}) ${from}% ${(100 * below) / rows.length}%`
  })
  const says = sums.map(({ cell, count }) => `${count} ${CELLS[cell].name}`).join(', ')
  return (
    <span
      class="sum-bar"
      role="img"
      aria-label={says}
      title={says}
      style={{ background: `linear-gradient(to bottom, ${stops.join(', ')})` }}
    />
  )
}
