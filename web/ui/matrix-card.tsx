import { CELLS, type Cell } from '../../shared/rows/cells.ts'
import { cellCommand, columnText, type MatrixColumn, type MatrixRow } from '../model/matrix.ts'
import { runOfCell } from '../state/matrix.ts'
import { tell } from '../state/notice.ts'
import { goTo } from '../state/route.ts'
import { OutcomeTag } from './outcome.tsx'

/** Runs a cell against the services that are there, unless it has been, and shows its run. */
export async function openCell({ name }: MatrixRow, column: MatrixColumn): Promise<void> {
  try {
    goTo({ view: 'run', run: await runOfCell(name, column) })
  } catch (error) {
    tell(`It could not be run: ${(error as Error).message}`)
  }
}

async function compareCells({ name }: MatrixRow, left: MatrixColumn, right: MatrixColumn): Promise<void> {
  try {
    goTo({ view: 'compare', left: await runOfCell(name, left), right: await runOfCell(name, right) })
  } catch (error) {
    tell(`They could not be run: ${(error as Error).message}`)
  }
}

export interface MatrixCardProps {
  readonly row: MatrixRow
  readonly column: MatrixColumn
  readonly cell: Cell | undefined
  /** What a cell is compared with. */
  readonly first: MatrixColumn | undefined
}

/** What a cell says, and its run. */
export function MatrixCard({ row, column, cell, first }: MatrixCardProps) {
  const canCompare = first !== undefined && first !== column
  const command = cellCommand(row, column)
  return (
    <div class="cell-card">
      {cell !== undefined && <OutcomeTag cell={cell} />}
      <h2>{row.title}</h2>
      <p>
        {columnText(column)}
        {cell === undefined ? '' : `: ${CELLS[cell].means}`}.
      </p>
      <div class="card-actions">
        <button class="btn" onClick={() => void openCell(row, column)}>
          Open the run
        </button>
        {canCompare && (
          <button class="btn" onClick={() => void compareCells(row, first, column)}>
            Compare with {first.policy ?? first.vmm}
          </button>
        )}
      </div>
      {command !== undefined && <pre class="command">{command}</pre>}
    </div>
  )
}
