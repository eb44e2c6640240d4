import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { CELLS, isCell } from '../../shared/rows/cells.ts'
import { matrixGroups, type MatrixFile } from '../model/matrix.ts'
import type { Route } from '../model/permalink.ts'
import { capital } from '../../shared/rows/saying.ts'
import { isDisagreeing, matrix, matrixPlace, matrixTrouble, runOfCell, wantMatrix } from '../state/matrix.ts'
import { useStarting } from '../state/starting.ts'
import { MatrixCard } from './matrix-card.tsx'
import { MatrixTable } from './matrix-table.tsx'
import { coloursOf, OutcomeGlyph } from './outcome.tsx'
import { Bars } from './run-absent.tsx'
import { useArrival } from './use-arrival.ts'

/** How every scenario ends with every VMM and policy. */
export function MatrixView() {
  useEffect(() => void wantMatrix(), [])
  const file = matrix.value
  if (matrixTrouble.value !== undefined) {
    return (
      <div class="empty" role="alert">
        <h1>The matrix cannot be had</h1>
        <p>{matrixTrouble.value}</p>
      </div>
    )
  }
  return file === undefined ? <Bars /> : <Matrix file={file} />
}

function Matrix({ file }: { readonly file: MatrixFile }) {
  const { trouble, start } = useStarting()
  /** Of what the trouble is. */
  const tried = useSignal('')
  const groups = matrixGroups(file, isDisagreeing.value)
  const rows = groups.flatMap((group) => group.rows)
  const at = [Math.min(matrixPlace.value[0], rows.length - 1), matrixPlace.value[1]] as const
  const [row, column] = [rows[at[0]], file.columns[at[1]]]
  useArrival('matrix', () => document.querySelector<HTMLElement>('.matrix td[tabindex="0"]'))
  const runOf = ([y, x]: readonly [number, number]) => {
    const [row, column] = [rows[y], file.columns[x]]
    if (row === undefined || column === undefined) throw new RangeError(`no cell ${y}, ${x}`)
    return runOfCell(row.name, column)
  }
  const leadTo = (cell: readonly [number, number], to: () => Promise<Route>) => {
    tried.value = String(cell)
    void start(to)
  }
  const open = (cell: readonly [number, number]) => leadTo(cell, async () => ({ view: 'run', run: await runOf(cell) }))
  const compareWithFirst = () =>
    leadTo(at, async () => ({ view: 'compare', left: await runOf([at[0], 0]), right: await runOf(at) }))
  return (
    <div class="matrix-view">
      <section class="trace" aria-label="Matrix">
        <h1 class="sr">Every scenario with every VMM and policy</h1>
        <div class="tools">
          <span>
            <b>{rows.length}</b> scenarios × <b>{file.columns.length}</b> VMMs and policies
          </span>
          <span class="segments" role="group" aria-label="Which scenarios">
            <button aria-pressed={isDisagreeing.value} onClick={() => (isDisagreeing.value = true)}>
              Where they disagree
            </button>
            <button aria-pressed={!isDisagreeing.value} onClick={() => (isDisagreeing.value = false)}>
              All {file.scenarios.length}
            </button>
          </span>
          <span class="grow" />
          <span class="dim wide-only">
            arrows move, <kbd>Enter</kbd> opens the run
          </span>
        </div>
        <MatrixTable
          columns={file.columns}
          groups={groups}
          at={at}
          move={(to) => (matrixPlace.value = to)}
          open={open}
        />
      </section>
      <aside class="panel matrix-side" aria-label="Cell">
        {row !== undefined && column !== undefined && (
          <MatrixCard
            row={row}
            column={column}
            cell={row.cells[at[1]]}
            first={file.columns[0]}
            open={() => open(at)}
            compare={compareWithFirst}
            trouble={tried.value === String(at) ? trouble.value?.message : undefined}
          />
        )}
        <h2>How far the damage reached</h2>
        <ul class="outcomes">
          {Object.keys(CELLS)
            .filter(isCell)
            .map((cell) => (
              <li key={cell}>
                <span class="swatch" style={coloursOf(cell)}>
                  <OutcomeGlyph cell={cell} size={14} />
                </span>
                <b>{capital(CELLS[cell].name)}</b>
                <span class="means">{CELLS[cell].means}</span>
              </li>
            ))}
        </ul>
        <p class="dim">
          In the glyphs the outer square is the host, the inner one the guest, the dot the process; filled is dead.
        </p>
      </aside>
    </div>
  )
}
