import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { CELLS, isCell } from '../../shared/rows/cells.ts'
import { matrixGroups, type MatrixFile } from '../model/matrix.ts'
import { capital } from '../../shared/rows/saying.ts'
import { matrix, matrixTrouble, wantMatrix } from '../state/matrix.ts'
import { MatrixCard } from './matrix-card.tsx'
import { MatrixTable } from './matrix-table.tsx'
import { coloursOf, OutcomeGlyph } from './outcome.tsx'
import { Bars } from './run-absent.tsx'

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
  const disagreeing = useSignal(true)
  const place = useSignal<readonly [number, number]>([0, 0])
  const groups = matrixGroups(file, disagreeing.value)
  const rows = groups.flatMap((group) => group.rows)
  const at = [Math.min(place.value[0], rows.length - 1), place.value[1]] as const
  const [row, column] = [rows[at[0]], file.columns[at[1]]]
  return (
    <div class="matrix-view">
      <section class="trace" aria-label="Matrix">
        <h1 class="sr">Every scenario with every VMM and policy</h1>
        <div class="tools">
          <span>
            <b>{rows.length}</b> scenarios × <b>{file.columns.length}</b> VMMs and policies
          </span>
          <span class="segments" role="group" aria-label="Which scenarios">
            <button aria-pressed={disagreeing.value} onClick={() => (disagreeing.value = true)}>
              Where they disagree
            </button>
            <button aria-pressed={!disagreeing.value} onClick={() => (disagreeing.value = false)}>
              All {file.scenarios.length}
            </button>
          </span>
          <span class="grow" />
          <span class="dim wide-only">
            arrows move, <kbd>Enter</kbd> opens the run
          </span>
        </div>
        <MatrixTable columns={file.columns} groups={groups} at={at} move={(to) => (place.value = to)} />
      </section>
      <aside class="panel matrix-side" aria-label="Cell">
        {row !== undefined && column !== undefined && (
          <MatrixCard row={row} column={column} cell={row.cells[at[1]]} first={file.columns[0]} />
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
