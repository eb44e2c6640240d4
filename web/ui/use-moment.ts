import { useSignalEffect } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { OpenRun } from '../state/open-run.ts'
import { isPlaying } from '../state/playing.ts'
import { replaceRoute, route } from '../state/route.ts'

/** A moment that is looked at for so long is in the address; browsers refuse to be told of each that a slider passes. */
const STILL_MS = 300

/** Shows the moment that an address names, the end where it names none; and has the address follow the slider. */
export function useMoment(run: OpenRun, moment: number | undefined): void {
  useEffect(() => {
    run.playhead.value = moment ?? Infinity
  }, [run, moment])
  useSignalEffect(() => {
    const now = run.moment
    if (isPlaying.value) return
    const timer = setTimeout(() => {
      if (momentIn() !== now) replaceRoute(run.routeTo(run.selected.peek(), run.field.peek()))
    }, STILL_MS)
    return () => clearTimeout(timer)
  })
}

function momentIn(): number | undefined {
  const at = route.peek()
  return at.view === 'run' || at.view === 'machine' ? at.moment : undefined
}
