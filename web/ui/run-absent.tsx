import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { linkTo } from '../model/permalink.ts'
import type { OpenRun } from '../state/open-run.ts'
import { useArrival } from './use-arrival.ts'

const LIST = linkTo({ view: 'runs' })

/** What there is instead of a run: it is on its way, or there is none. */
export function RunAbsent({ run }: { readonly run: OpenRun }) {
  switch (run.status.value) {
    case 'unknown':
      return (
        <Absent title={`There is no ${run.kind} “${run.id}”`}>
          It may have been deleted, or is older than what the console keeps. <a href={LIST}>All runs</a>
        </Absent>
      )
    case 'lost':
      return (
        <Absent title={run.summary.value?.sentence ?? `The run “${run.id}” is known`}>
          Its messages are gone: they are no longer kept. <a href={LIST}>All runs</a>
        </Absent>
      )
    case 'failed':
      return (
        <Absent title="The run cannot be shown">
          {run.trouble.value}. <a href={LIST}>All runs</a>
        </Absent>
      )
    case 'offline':
      return <Absent title="The console does not answer">It is asked again every second.</Absent>
    default:
      return <Bars />
  }
}

function Absent({ title, children }: { readonly title: string; readonly children: preact.ComponentChildren }) {
  useArrival(title)
  return (
    <div class="empty" role="status">
      <h1>{title}</h1>
      <p>{children}</p>
    </div>
  )
}

const LATE_MS = 200

/** Grey bars, where waiting takes long enough to be noticed. */
export function Bars() {
  const isLate = useSignal(false)
  useEffect(() => {
    const timer = setTimeout(() => (isLate.value = true), LATE_MS)
    return () => clearTimeout(timer)
  }, [])
  return (
    <div class="bars" role="status" aria-label="Loading">
      {isLate.value && [34, 60, 48, 72, 40].map((width) => <i key={width} style={{ width: `${width}%` }} />)}
    </div>
  )
}
