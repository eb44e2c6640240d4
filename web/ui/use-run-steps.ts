import { useSignal } from '@preact/signals'
import { useLayoutEffect } from 'preact/hooks'
import { runBeside } from '../model/run-steps.ts'

/**
 * Keys that move the focus from run to run, in a list of which only what is in sight exists.
 * @param line height of a run, in px
 */
export function useRunSteps(
  box: { readonly current: HTMLElement | null },
  count: number,
  line: number
): (event: KeyboardEvent) => void {
  // A new object each time, so that the same place can be asked for again.
  const wanted = useSignal<{ readonly place: number } | undefined>(undefined)
  useLayoutEffect(() => {
    const place = wanted.value?.place
    if (place !== undefined) lineAt(box.current, place)?.focus({ preventScroll: true })
  }, [wanted.value])
  return (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const list = box.current
    const at = Number((event.target as HTMLElement).closest<HTMLElement>('[data-place]')?.dataset['place'] ?? 0)
    const place = runBeside(event.key, at, count)
    if (list === null || place === undefined) return
    event.preventDefault()
    event.stopPropagation()
    const top = (place - 1) * line
    list.scrollTop = Math.min(top, Math.max(list.scrollTop, top + line - list.clientHeight))
    wanted.value = { place }
  }
}

const lineAt = (list: HTMLElement | null, place: number) =>
  list?.querySelector<HTMLElement>(`[data-place="${place}"]`) ?? null
