import { useSignal, type Signal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { OpenRun } from '../state/open-run.ts'

export interface NewRowsProps {
  readonly run: OpenRun
  /** Whether the end of the rows is in sight. */
  readonly isAtEnd: Signal<boolean>
  readonly goToEnd: () => void
}

/** How many entries have come below what is in sight; a press leads there. */
export function NewRows({ run, isAtEnd, goToEnd }: NewRowsProps) {
  const seen = useSignal(run.model.length)
  const length = run.version.value >= 0 ? run.model.length : 0
  const isLive = run.status.value === 'live'
  useEffect(() => {
    if (isAtEnd.value || !isLive) seen.value = length
  }, [length, isAtEnd.value, isLive])
  const fresh = length - seen.value
  if (!isLive || isAtEnd.value || fresh <= 0) return null
  return (
    <button class="new-rows btn" onClick={goToEnd}>
      {fresh} new
    </button>
  )
}
