import { useLayoutEffect } from 'preact/hooks'
import type { OpenRun } from '../state/open-run.ts'
import { PHONE_WIDTH } from './phone-width.ts'

/** On a phone a run is one long page: whoever arrives at the address of a message is led to what is known of it. */
export function useSelectedInSight(run: OpenRun): void {
  useLayoutEffect(() => {
    if (innerWidth > PHONE_WIDTH || run.selected.peek() === undefined) return
    document.querySelector('.panel')?.scrollIntoView({ block: 'start' })
  }, [run])
}
