import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { OpenRun } from '../state/open-run.ts'

const NEAR_END = 40

/** How many rows have come below what is in sight; a press leads there. */
export function NewRows({
  run,
  box
}: {
  readonly run: OpenRun
  readonly box: { readonly current: HTMLElement | null }
}) {
  const seen = useSignal(0)
  const length = run.version.value >= 0 ? run.model.length : 0
  const isAtEnd = () => {
    const rows = box.current
    return rows === null || rows.scrollTop + rows.clientHeight > rows.scrollHeight - NEAR_END
  }
  useEffect(() => {
    const rows = box.current
    const look = () => {
      if (isAtEnd()) seen.value = run.model.length
    }
    rows?.addEventListener('scroll', look, { passive: true })
    look()
    return () => rows?.removeEventListener('scroll', look)
  }, [length])
  useEffect(() => {
    // What was there when the run was opened is not new.
    if (run.status.value === 'loading' || run.status.value === 'ended') seen.value = run.model.length
  }, [run.status.value])
  const fresh = length - seen.value
  if (run.status.value !== 'live' || fresh <= 0) return null
  const go = () => {
    const rows = box.current
    if (rows !== null) rows.scrollTop = rows.scrollHeight
    seen.value = run.model.length
  }
  return (
    <button class="new-rows btn" onClick={go}>
      {fresh} new
    </button>
  )
}
