import { useSignal } from '@preact/signals'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { CELLS, type Cell } from '../../shared/rows/cells.ts'
import { scrollTo, windowOf } from '../model/layout.ts'
import { drawnLines, lineOffsets, matrixLines, type MatrixLine } from '../model/matrix-lines.ts'
import { cellBeside, type MatrixColumn, type MatrixGroup } from '../model/matrix.ts'
import { capital } from '../../shared/rows/saying.ts'
import { HEAD_LINES, MatrixHead } from './matrix-head.tsx'
import { coloursOf } from './outcome.tsx'
import { useSize } from './use-size.ts'

export interface MatrixTableProps {
  readonly columns: readonly MatrixColumn[]
  readonly groups: readonly MatrixGroup[]
  /** Row and column of the cell that is looked at, from 0. */
  readonly at: readonly [number, number]
  readonly move: (to: readonly [number, number]) => void
  /** Shows the run of a cell. */
  readonly open: (at: readonly [number, number]) => void
}

/** Between two lines, in px. */
const SPACING = 2

/** The heat map: a table of which one cell takes the focus; arrows move it. Only the lines in sight exist. */
export function MatrixTable({ columns, groups, at, move, open }: MatrixTableProps) {
  const box = useRef<HTMLDivElement>(null)
  const size = useSize(box)
  const top = useSignal(0)
  const isByKey = useRef(false)
  const lines = matrixLines(groups)
  const rows = groups.flatMap((group) => group.rows)
  const offsets = lineOffsets(lines)
  const held = lines.findIndex((line) => line.kind === 'row' && line.y === at[0])
  const onKeyDown = (event: KeyboardEvent) => {
    const to = cellBeside(event.key, at, [rows.length, columns.length])
    if (to !== undefined) {
      isByKey.current = true
      move(to)
    } else if (event.key === 'Enter') open(at)
    else return
    event.preventDefault()
    event.stopPropagation()
  }
  useLayoutEffect(() => {
    const element = box.current
    if (element === null || !isByKey.current) return
    isByKey.current = false
    const head = element.querySelector('thead')?.offsetHeight ?? 0
    const to = scrollTo(offsets, held, element.scrollTop, element.clientHeight - head)
    if (to !== undefined) element.scrollTop = to
    top.value = element.scrollTop
    element.querySelector<HTMLElement>('td[tabindex="0"]')?.focus({ preventScroll: true })
  }, [at[0], at[1]])
  const window = windowOf(offsets, top.value, size.value.height)
  return (
    <div class="matrix-box" ref={box} onScroll={({ currentTarget }) => (top.value = currentTarget.scrollTop)}>
      <table
        class="matrix"
        role="grid"
        aria-label="How each scenario ends"
        aria-rowcount={lines.length + HEAD_LINES}
        onKeyDown={onKeyDown}
      >
        <MatrixHead columns={columns} rows={rows} at={at[1]} />
        <tbody>
          {drawnLines(offsets, window, held < 0 ? undefined : held).map((drawn) => {
            if ('gap' in drawn) return <Gap key={`before ${drawn.before}`} px={drawn.gap - SPACING} />
            const line = lines[drawn.index]
            return (
              line !== undefined && (
                <Line
                  key={keyOf(line)}
                  line={line}
                  index={drawn.index}
                  columns={columns.length + 1}
                  at={at}
                  move={move}
                  open={open}
                />
              )
            )
          })}
        </tbody>
      </table>
    </div>
  )
}

const keyOf = (line: MatrixLine) => (line.kind === 'folder' ? `in ${line.folder}` : line.row.name)

const Gap = ({ px }: { readonly px: number }) => (
  <tr class="gap" aria-hidden="true" style={{ height: `${px}px` }}>
    <td />
  </tr>
)

interface LineProps {
  readonly line: MatrixLine
  readonly index: number
  readonly columns: number
  readonly at: readonly [number, number]
  readonly move: (to: readonly [number, number]) => void
  readonly open: (at: readonly [number, number]) => void
}

function Line({ line, index, columns, at, move, open }: LineProps) {
  const place = index + HEAD_LINES + 1
  if (line.kind === 'folder') {
    const { folder, count } = line
    return (
      <tr class="folder" aria-rowindex={place}>
        <th scope="row" colSpan={columns}>
          {folder === '' ? 'Stories' : capital(folder)} <span class="dim">{count}</span>
        </th>
      </tr>
    )
  }
  const { row, y } = line
  return (
    <tr aria-rowindex={place}>
      <th scope="row" class={y === at[0] ? 'here' : undefined} title={row.name}>
        {row.title}
      </th>
      {row.cells.map((cell, x) => (
        <MatrixCell
          key={x}
          cell={cell}
          isHere={y === at[0] && x === at[1]}
          look={() => move([y, x])}
          open={() => open([y, x])}
        />
      ))}
    </tr>
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
