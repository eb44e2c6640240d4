import { useEffect } from 'preact/hooks'
import { isUnreachable } from '../data/api.ts'
import { useSignal, type ReadonlySignal } from '@preact/signals'
import type { Route } from '../model/permalink.ts'
import { goTo } from './route.ts'
import { looked, reach, refreshRuns } from './runs.ts'

export interface Starting {
  /** Why the last start was refused, as an error; undefined where it was not. */
  readonly trouble: ReadonlySignal<Error | undefined>
  /** Something is being started, and the console has not answered yet. */
  readonly isUnderWay: ReadonlySignal<boolean>
  /** Starts something and leads to where it is seen; one at a time. */
  readonly start: (begin: () => Promise<Route>) => Promise<void>
}

/** How a piece of the page starts runs: what is refused is kept for it to be shown, what has begun is led to. */
export function useStarting(): Starting {
  const trouble = useSignal<Error | undefined>(undefined)
  const isUnderWay = useSignal(false)
  const round = looked.value
  useEffect(() => {
    // The console answers again, so that it did not is past.
    if (reach.peek() === 'live' && isUnreachable(trouble.peek())) trouble.value = undefined
  }, [round])
  const start = async (begin: () => Promise<Route>) => {
    if (isUnderWay.peek()) return
    isUnderWay.value = true
    trouble.value = undefined
    try {
      const to = await begin()
      void refreshRuns()
      goTo(to)
    } catch (error) {
      trouble.value = isUnreachable(error)
        ? new TypeError('The console does not answer: nothing has been started.')
        : (error as Error)
    } finally {
      isUnderWay.value = false
    }
  }
  return { trouble, isUnderWay, start }
}
