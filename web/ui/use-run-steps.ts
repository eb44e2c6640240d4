import { batch, useSignal, type Signal } from '@preact/signals'
import { useLayoutEffect } from 'preact/hooks'
import { runBeside } from '../model/run-steps.ts'

export interface RunList {
  readonly box: { readonly current: HTMLElement | null }
  /** How far it is scrolled, in px: what is drawn follows it. */
  readonly top: Signal<number>
  readonly count: number
  /** Height of a run, in px. */
  readonly line: number
}

export interface RunSteps {
  /** Keys that move the focus from run to run. */
  readonly onKeyDown: (event: KeyboardEvent) => void
  /** Moves it to the run at a place from 1. */
  readonly lead: (place: number) => void
}

/** The focus in a list of which only what is in sight exists. */
export function useRunSteps({ box, top, count, line }: RunList): RunSteps {
  // A new object each time, so that the same place can be asked for again.
  const wanted = useSignal<{ readonly place: number } | undefined>(undefined)
  useLayoutEffect(() => {
    const place = wanted.value?.place
    if (place !== undefined) lineAt(box.current, place)?.focus({ preventScroll: true })
  }, [wanted.value])
  const lead = (place: number) => {
    const list = box.current
    if (list === null) return
    const above = (place - 1) * line
    list.scrollTop = Math.min(above, Math.max(list.scrollTop, above + line - list.clientHeight))
    // The line has to be there before it can have the focus.
    batch(() => {
      top.value = list.scrollTop
      wanted.value = { place }
    })
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const at = Number((event.target as HTMLElement).closest<HTMLElement>('[data-place]')?.dataset['place'] ?? 0)
    const place = runBeside(event.key, at, count)
    if (place === undefined) return
    event.preventDefault()
    event.stopPropagation()
    lead(place)
  }
  return { onKeyDown, lead }
}

const lineAt = (list: HTMLElement | null, place: number) =>
  list?.querySelector<HTMLElement>(`[data-place="${place}"]`) ?? null
