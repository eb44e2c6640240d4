import type { CSSProperties } from 'preact'
import { capital } from '../../shared/rows/saying.ts'
import { CELLS, shownCell, type Cell } from '../../shared/rows/cells.ts'
import { kernelsText } from '../../shared/drawing/run-picture.ts'
import type { OpenRun } from '../state/open-run.ts'
import { EntryLink } from './entry-link.tsx'
import { NotAsExpected } from './not-as-expected.tsx'
import { OtherEnds } from './other-ends.tsx'
import { OutcomeTag } from './outcome.tsx'
import { Sentence } from './sentence.tsx'

/** What became of the run, in a sentence and a colour, and what it was run with. */
export function Verdict({ run }: { readonly run: OpenRun }) {
  const then = run.then.value
  const said = then ?? run.verdict.value
  const { clauses, better } = said
  const cell = shownCell(said, then !== undefined || run.isOpen.value)
  const colour = cell === undefined ? {} : ({ '--verdict': `var(--c-${CELLS[cell].key})` } as CSSProperties)
  return (
    <div class="says" style={colour}>
      <div class="bar" />
      <div>
        <h1>
          <Sentence run={run} clauses={clauses} />
        </h1>
        <Facts run={run} cell={cell} />
        {better !== undefined && (
          <p class="better">
            <b>Better:</b> {capital(better.text)}.{' '}
            {better.entry !== undefined && (
              <EntryLink kind="link mono" run={run} place={better.entry.order}>
                #{better.entry.order}
              </EntryLink>
            )}
          </p>
        )}
        {then === undefined && <OtherEnds run={run} />}
      </div>
    </div>
  )
}

/** What it was run with, and whether it is what was expected. */
function Facts({ run, cell }: { readonly run: OpenRun; readonly cell: Cell | undefined }) {
  const isThen = run.then.value !== undefined
  const { name, story, policy, vmm, expected, state, sentence } = run.summary.value ?? {}
  return (
    <div class="meta">
      {cell !== undefined && <OutcomeTag cell={cell} />}
      {run.kind === 'machine' && (
        <span>
          machine <b>{run.id}</b>
        </span>
      )}
      <span>
        {story !== undefined && <span class="mono">{story} </span>}
        {name}
      </span>
      <Fact what="policy" value={policy} />
      <Fact what="VMM" value={vmm} />
      <Fact what="Linux" value={kernelsText(run.summary.value ?? {})} />
      {state === 'running' && <span>under way</span>}
      {state === 'failed' && <span class="bad">✕ did not come to an end: {sentence}</span>}
      {isThen && <span>as of #{run.now.value}, before the end</span>}
      {!isThen && expected?.met === true && <span class="good">✓ as the file expects</span>}
      {!isThen && expected?.met === false && <NotAsExpected run={run} />}
    </div>
  )
}

const Fact = ({ what, value }: { readonly what: string; readonly value: string | undefined }) =>
  value === undefined ? null : (
    <span>
      {what} <b>{value}</b>
    </span>
  )
