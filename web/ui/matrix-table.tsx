import { useEffect, useRef } from 'preact/hooks'
import { CELLS, type Cell } from '../../shared/rows/cells.ts'
import { cellBeside, columnText, headGroups, type MatrixColumn, type MatrixGroup } from '../model/matrix.ts'
import { capital } from '../../shared/rows/saying.ts'
import { openCell } from './matrix-card.tsx'
import { coloursOf } from './outcome.tsx'

export interface MatrixTableProps {
  readonly columns: readonly MatrixColumn[]
  readonly groups: readonly MatrixGroup[]
  /** Row and column of the cell that is looked at, from 0. */
  readonly at: readonly [number, number]
  readonly move: (to: readonly [number, number]) => void
}

/** The heat map: a table of which one cell takes the focus; arrows move it. */
export function MatrixTable({ columns, groups, at, move }: MatrixTableProps) {
  const table = useRef<HTMLTableElement>(null)
  const rows = groups.flatMap((group) => group.rows)
  const heads = headGroups(columns)
  const onKeyDown = (event: KeyboardEvent) => {
    const to = cellBeside(event.key, at, [rows.length, columns.length])
    if (to !== undefined) move(to)
    else if (event.key === 'Enter') open(at)
    else return
    event.preventDefault()
    event.stopPropagation()
  }
  const open = ([y, x]: readonly [number, number]) => {
    const [row, column] = [rows[y], columns[x]]
    if (row !== undefined && column !== undefined) void openCell(row, column)
  }
  useEffect(() => {
    if (table.current?.contains(document.activeElement) !== true) return
    table.current.querySelector<HTMLElement>('td[tabindex="0"]')?.focus()
  }, [at[0], at[1]])
  let y = -1
  return (
    <div class="matrix-box">
      <table class="matrix" ref={table} role="grid" aria-label="How each scenario ends" onKeyDown={onKeyDown}>
        <thead>
          <tr>
            <td />
            {heads.map(({ name, columns: own }, index) => (
              <th key={index} scope="colgroup" colSpan={own.length} class={name === '' ? 'alone' : undefined}>
                {name === '' ? <span class="sr">alone</span> : name}
              </th>
            ))}
          </tr>
          <tr>
            <th scope="col">scenario</th>
            {heads
              .flatMap((head) => head.columns)
              .map(({ name, column }, x) => (
                <th key={x} scope="col" class={x === at[1] ? 'column here' : 'column'} title={columnText(column)}>
                  <span>{name}</span>
                </th>
              ))}
          </tr>
        </thead>
        {groups.map(({ folder, rows: own }) => (
          <tbody key={folder}>
            <tr class="folder">
              <th scope="rowgroup" colSpan={columns.length + 1}>
                {folder === '' ? 'Stories' : capital(folder)} <span class="dim">{own.length}</span>
              </th>
            </tr>
            {own.map(({ name, title, cells }) => {
              const row = ++y
              return (
                <tr key={name}>
                  <th scope="row" class={row === at[0] ? 'here' : undefined} title={name}>
                    {title}
                  </th>
                  {cells.map((cell, x) => (
                    <MatrixCell
                      key={x}
                      cell={cell}
                      isHere={row === at[0] && x === at[1]}
                      look={() => move([row, x])}
                      open={() => open([row, x])}
                    />
                  ))}
                </tr>
              )
            })}
          </tbody>
        ))}
      </table>
    </div>
  )
}

interface MatrixCellProps {
  readonly cell: Cell
  readonly isHere: boolean
  readonly look: () => void
  readonly open: () => void
}

/** One element a cell, so that the whole table stays light: its glyph is drawn by its style. */
const MatrixCell = ({ cell, isHere, look, open }: MatrixCellProps) => (
  <td
    role="gridcell"
    class={`heat heat-${CELLS[cell].key}`}
    style={coloursOf(cell)}
    tabIndex={isHere ? 0 : -1}
    aria-label={CELLS[cell].name}
    onMouseEnter={look}
    onFocus={look}
    onClick={open}
  />
)
