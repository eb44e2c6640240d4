import { effect, signal, type ReadonlySignal } from '@preact/signals'
import type { RunModel } from '../../shared/rows/run-model.ts'
import { statesOf } from '../../shared/story/states.ts'
import { verdictSentence, type VerdictSentence } from '../../shared/story/verdict-sentence.ts'
import { nextTask } from './next-task.ts'

/** A journal up to so few entries is retold while the slider moves; of a longer one, when the slider rests. */
const FEW = 1500
const REST_MS = 120

export interface VerdictMoment {
  readonly model: RunModel
  /** The place that is shown as now; Infinity is the end. */
  readonly at: ReadonlySignal<number>
  readonly version: ReadonlySignal<number>
}

/** What had become of a run by the moment that is looked at; absent at its end, where the whole journal says it. */
export function verdictThen({ model, at, version }: VerdictMoment): ReadonlySignal<VerdictSentence | undefined> {
  const then = signal<VerdictSentence | undefined>(undefined)
  effect(() => {
    void version.value
    const now = at.value
    if (now >= model.length) {
      then.value = undefined
      return
    }
    const journal = model.entries.slice(0, now)
    if (now <= FEW) {
      then.value = verdictSentence(journal, { isRunning: true })
      return
    }
    let isPast = false
    const timer = setTimeout(() => {
      const states = statesOf(journal)
      void nextTask().then(() => {
        if (!isPast) then.value = verdictSentence(journal, { states, isRunning: true })
      })
    }, REST_MS)
    return () => {
      isPast = true
      clearTimeout(timer)
    }
  })
  return then
}
