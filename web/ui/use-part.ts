import { useSignal, type ReadonlySignal, type Signal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { loadPart, OtherPage, type Part } from '../data/load-part.ts'
import { looked, reach } from '../state/runs.ts'

/**
 * Loads a part of the page while it is looked for, again and again until the console gives it. Says what is missing as long as
 * it is.
 * @param what as a sentence begins: `The form`
 */
export function usePart<Loaded>(
  part: Part<Loaded> | undefined,
  there: Signal<Loaded | undefined>,
  what: string
): ReadonlySignal<string | undefined> {
  const trouble = useSignal<string | undefined>(undefined)
  const isUnderWay = useSignal(false)
  const round = looked.value
  useEffect(() => {
    if (part === undefined || there.peek() !== undefined || isUnderWay.peek()) return
    if (trouble.peek() !== undefined && reach.peek() === 'offline') return
    isUnderWay.value = true
    loadPart(part)
      .then(
        (loaded) => {
          there.value = loaded
          trouble.value = undefined
        },
        (error: unknown) => {
          const isOther = error instanceof OtherPage
          const why = isOther
            ? `cannot be loaded: ${error.message}.`
            : 'cannot be loaded yet: it comes when the console answers.'
          trouble.value = `${what} ${why}`
        }
      )
      .finally(() => (isUnderWay.value = false))
  }, [round])
  return trouble
}
