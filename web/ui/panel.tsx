import { laneName } from '../../shared/rows/lanes.ts'
import type { Row } from '../../shared/rows/row.ts'
import { sinceBegin, TIME_MEANS, timeText } from '../../shared/rows/time.ts'
import { wordsFor } from '../../shared/rows/words.ts'
import type { OpenRun } from '../state/open-run.ts'
import { Bytes } from './bytes.tsx'
import { EntryActions } from './entry-actions.tsx'
import { EntryCauses } from './entry-causes.tsx'
import { EntryData } from './entry-data.tsx'
import { EntryRule } from './entry-rule.tsx'
import { MarkIcon } from './icon.tsx'
import { RunPanel } from './run-panel.tsx'

/** What is known of the selected entry; of the run while none is selected. */
export function Panel({ run }: { readonly run: OpenRun }) {
  const row = run.selectedRow.value
  return (
    <aside class="panel" aria-label={row === undefined ? 'The run' : 'Selected message'}>
      {row === undefined ? <RunPanel run={run} /> : <EntryPanel run={run} row={row} />}
    </aside>
  )
}

function EntryPanel({ run, row }: { readonly run: OpenRun; readonly row: Row }) {
  const { entry, mark, from, to, place, isEnd } = row
  const { head, detail, isProse } = wordsFor(run.model, row)
  return (
    <>
      <div class="panel-head">
        <h2>
          <MarkIcon mark={isEnd ? 'end' : mark} size={16} />
          <span class="grow">{head}</span>
          <span class="dim mono">#{place}</span>
        </h2>
        <p>
          {from === to ? laneName(to) : `${laneName(from)} → ${laneName(to)}`} · <span class="mono">{entry.type}</span>{' '}
          · <span title={TIME_MEANS}>t = {timeText(sinceBegin(run.model, entry))}</span>
        </p>
        <EntryActions row={row} />
      </div>
      {isProse && detail !== '' && (
        <div class="section">
          <p class={mark === 'decision' ? 'because' : undefined}>{detail}</p>
        </div>
      )}
      <Bytes run={run} row={row} />
      <EntryRule row={row} />
      <EntryCauses run={run} row={row} />
      <EntryData run={run} row={row} />
    </>
  )
}
