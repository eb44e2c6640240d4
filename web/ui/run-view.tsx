import { useEffect } from 'preact/hooks'
import type { Route } from '../model/permalink.ts'
import { openMachine, openRun } from '../state/current-run.ts'
import type { OpenRun } from '../state/open-run.ts'
import { pause } from '../state/playing.ts'
import { AddressStrip } from './address-strip.tsx'
import { Hops } from './hops.tsx'
import { NestedBoxes } from './nested-boxes.tsx'
import { Panel } from './panel.tsx'
import { Remarks } from './remarks.tsx'
import { RunAbsent } from './run-absent.tsx'
import { Scrubber } from './scrubber.tsx'
import { Trace } from './trace.tsx'
import { TraceTools } from './trace-tools.tsx'
import { useArrival } from './use-arrival.ts'
import { useMoment } from './use-moment.ts'
import { useSelectedInSight } from './use-selected-in-sight.ts'
import { Verdict } from './verdict.tsx'

export type RunRoute = Extract<Route, { readonly view: 'run' | 'machine' }>

/** One run, or what happens on a machine: what became of it, who was told, each message. */
export function RunView({ at }: { readonly at: RunRoute }) {
  const run = at.view === 'run' ? openRun(at.run) : openMachine(at.machine)
  const { place, field } = at
  useEffect(() => {
    run.select(place, field)
  }, [run, place, field?.format, field?.field])
  useMoment(run, at.moment)
  useEffect(() => pause, [run])
  const status = run.status.value
  if (run.version.value === 0 && status !== 'live' && status !== 'ended') return <RunAbsent run={run} />
  return <RunBody key={run.id} run={run} />
}

function RunBody({ run }: { readonly run: OpenRun }) {
  useArrival(run.id)
  useSelectedInSight(run)
  return (
    <>
      <Remarks run={run} />
      <section class="verdict" aria-label="Verdict">
        <Verdict run={run} />
        <NestedBoxes run={run} />
        <AddressStrip run={run} />
      </section>
      <Hops run={run} />
      <div class="body">
        <section class="trace" aria-label="Trace">
          <TraceTools run={run} />
          <Trace run={run} />
          <Scrubber run={run} />
        </section>
        <Panel run={run} />
      </div>
    </>
  )
}
