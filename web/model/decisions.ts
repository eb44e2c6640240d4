import { looseOf, textOf } from '../../shared/rows/data-of.ts'
import type { Row } from '../../shared/rows/row.ts'
import type { RunModel } from '../../shared/rows/run-model.ts'
import { wordsFor } from '../../shared/rows/words.ts'

/** What a policy chose about a signal or an exit, and why; the same several times is there once. */
export interface Choice {
  readonly about: string
  readonly action: string
  readonly because: string
  /** Place of the first. */
  readonly place: number
  readonly times: number
}

/** What was decided in a run, in order. */
export function choicesIn(run: RunModel): readonly Choice[] {
  const choices = new Map<string, Choice>()
  for (const row of run.rows) {
    if (row.mark !== 'decision' || row.level !== 'story') continue
    const { head: action, detail: because } = wordsFor(run, row)
    const about = aboutOf(run, row)
    const key = JSON.stringify([about, action, because])
    const known = choices.get(key)
    choices.set(key, { about, action, because, place: known?.place ?? row.place, times: (known?.times ?? 0) + 1 })
  }
  return [...choices.values()]
}

function aboutOf(run: RunModel, { entry }: Row): string {
  const asked = looseOf(entry.question ?? run.byId(entry.cause ?? '')?.entry.data)
  return textOf(looseOf(asked['signal'])['code']) || 'An exit'
}
