import { CELLS } from '../../shared/rows/cells.ts'
import { comparableWith, labelOf } from '../model/comparable.ts'
import { linkTo } from '../model/permalink.ts'
import type { OpenRun } from '../state/open-run.ts'
import { runs } from '../state/runs.ts'
import { NestedBoxes } from './nested-boxes.tsx'
import { OutcomeTag } from './outcome.tsx'
import { RunAbsent } from './run-absent.tsx'
import { Sentence } from './sentence.tsx'

export interface CompareHeadProps {
  readonly side: 'Left' | 'Right'
  readonly run: OpenRun
  /** The run on the other side. */
  readonly other: string
  readonly choose: (id: string) => void
}

/** One of two runs: which it is, and what became of it. */
export function CompareHead({ side, run, other, choose }: CompareHeadProps) {
  const isHere = run.version.value > 0
  const { clauses, verdict } = run.verdict.value
  const colour = isHere && !run.isOpen.value ? `var(--c-${CELLS[verdict].key})` : 'var(--line2)'
  return (
    <section class="compared-head" aria-label={`${side} run`} style={{ '--verdict': colour }}>
      <div class="says-side">
        <div class="meta">
          <RunChoice side={side} run={run} other={other} choose={choose} />
          <a class="btn" href={linkTo({ view: 'run', run: run.id })}>
            Open<span class="sr"> the {side.toLowerCase()} run</span>
          </a>
          {isHere && !run.isOpen.value && <OutcomeTag cell={verdict} />}
        </div>
        {isHere ? (
          <h2>
            <Sentence run={run} clauses={clauses} />
          </h2>
        ) : (
          <RunAbsent run={run} />
        )}
      </div>
      {isHere && <NestedBoxes run={run} />}
    </section>
  )
}

function RunChoice({ side, run, other, choose }: CompareHeadProps) {
  const offered = comparableWith(runs.value ?? [], other)
  const isListed = offered.some(({ id }) => id === run.id)
  return (
    <select aria-label={`${side} run`} value={run.id} onChange={({ currentTarget }) => choose(currentTarget.value)}>
      {!isListed && (
        <option value={run.id}>{run.summary.value === undefined ? run.id : labelOf(run.summary.value)}</option>
      )}
      {offered.map((one) => (
        <option key={one.id} value={one.id}>
          {labelOf(one)}
        </option>
      ))}
    </select>
  )
}
