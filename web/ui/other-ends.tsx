import { useEffect } from 'preact/hooks'
import { CELLS } from '../../shared/rows/cells.ts'
import { linkTo } from '../model/permalink.ts'
import { decidersText, type SameFault } from '../model/same-fault.ts'
import { knownOf, wantKnownFaults } from '../state/known-faults.ts'
import type { OpenRun } from '../state/open-run.ts'

/** How the same fault has ended where others decided, as far as it has been run: never more than that. */
export function OtherEnds({ run }: { readonly run: OpenRun }) {
  const summary = run.summary.value
  const isOver = run.kind === 'run' && summary?.state === 'ended'
  useEffect(() => {
    if (isOver && !IS_ALONE) void wantKnownFaults()
  }, [isOver])
  const known = isOver ? knownOf(summary) : undefined
  if (known === undefined) return null
  return (
    <p class="better other-ends">
      <b>The same fault elsewhere:</b> <Said run={run} known={known} />
    </p>
  )
}

function Said({ run, known }: { readonly run: OpenRun; readonly known: SameFault }) {
  const { cell, than, columns, runs, known: all } = known
  const counted = [
    ...(all.columns === 0 ? [] : [`${all.columns} VMMs and policies of the matrix`]),
    ...(all.runs === 0 ? [] : [all.runs === 1 ? 'one other run' : `${all.runs} other runs`])
  ].join(' and ')
  if (than !== 'milder') return <>nothing milder is known, from {counted}.</>
  const [other] = runs
  return (
    <>
      it ended milder, <b>{CELLS[cell].name}</b>
      {columns.length > 0 && (
        <>
          {', '}with {decidersText(columns)} (<a href={linkTo({ view: 'matrix' })}>matrix</a>)
        </>
      )}
      {other !== undefined && (
        <>
          {columns.length > 0 ? '; and in run ' : ', in run '}
          <a href={linkTo({ view: 'compare', left: other.id, right: run.id })}>{other.id}</a>
          {other.policy === undefined ? '' : `, policy ${other.policy}`}
        </>
      )}
      .
    </>
  )
}
