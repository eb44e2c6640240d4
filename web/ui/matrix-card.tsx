import { CELLS, type Cell } from '../../shared/rows/cells.ts'
import { cellCommand, columnText, type MatrixColumn, type MatrixRow } from '../model/matrix.ts'
import { OutcomeTag } from './outcome.tsx'
import { Trouble } from './trouble.tsx'

export interface MatrixCardProps {
  readonly row: MatrixRow
  readonly column: MatrixColumn
  readonly cell: Cell | undefined
  /** What a cell is compared with. */
  readonly first: MatrixColumn | undefined
  /** Runs the cell against the services that are there, unless it has been, and shows its run. */
  readonly open: () => void
  /** The same beside that of the first column. */
  readonly compare: () => void
  /** Why it could not be run. */
  readonly trouble: string | undefined
}

/** What a cell says, and its run. */
export function MatrixCard({ row, column, cell, first, open, compare, trouble }: MatrixCardProps) {
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
        <button class="btn" onClick={open}>
          Open the run
        </button>
        {canCompare && (
          <button class="btn" onClick={compare}>
            Compare with {first.policy ?? first.vmm}
          </button>
        )}
      </div>
      <Trouble says={trouble} />
      {command !== undefined && <pre class="command">{command}</pre>}
    </div>
  )
}
