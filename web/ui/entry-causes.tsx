import type { Row } from '../../shared/rows/row.ts'
import { wordsFor } from '../../shared/rows/words.ts'
import type { OpenRun } from '../state/open-run.ts'
import { selectEntry } from '../state/selecting.ts'

const MOST = 10

/** What an entry follows from, and what follows from it, as links. */
export function EntryCauses({ run, row }: { readonly run: OpenRun; readonly row: Row }) {
  void run.version.value
  const causes = run.model.causesOf(row)
  const effects = run.model.effectsOf(row)
  return (
    <div class="section">
      <h3>Caused by</h3>
      {causes.length === 0 ? (
        <p class="dim">nothing: it comes from outside</p>
      ) : (
        <Links run={run} rows={causes} label="Causes" />
      )}
      {effects.length > 0 && (
        <>
          <h3>Effects</h3>
          <Links run={run} rows={effects.slice(0, MOST)} label="Effects" />
          {effects.length > MOST && <p class="dim">and {effects.length - MOST} more</p>}
        </>
      )}
    </div>
  )
}

interface LinksProps {
  readonly run: OpenRun
  readonly rows: readonly Row[]
  readonly label: string
}

const Links = ({ run, rows, label }: LinksProps) => (
  <ul class="chips" aria-label={label}>
    {rows.map((row) => (
      <li key={row.place}>
        <button onClick={() => selectEntry(run, row.place)}>
          <span class="mono">#{row.place}</span> {wordsFor(run.model, row).head}
        </button>
      </li>
    ))}
  </ul>
)
