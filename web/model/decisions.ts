import type { Decision } from '../../shared/story/decisions.ts'

/** What a policy chose about a signal or an exit, and why; the same several times is there once. */
export interface Choice {
  /** `BUS_MCEERR_AR`, `An exit`. */
  readonly about: string
  readonly action: string
  readonly because: string
  /** Place of the first. */
  readonly place: number
  readonly times: number
}

/** What was decided in a run, in order. */
export function choicesIn(decisions: readonly Decision[]): readonly Choice[] {
  const choices = new Map<string, Choice>()
  for (const decision of decisions) {
    const { action, order, isFallback, vm = '' } = decision
    const because = isFallback ? `nobody answered; the fallback: ${decision.because}` : decision.because
    const about = aboutOf(decision)
    const key = JSON.stringify([about, action, because, vm])
    const known = choices.get(key)
    choices.set(key, { about, action, because, place: known?.place ?? order, times: (known?.times ?? 0) + 1 })
  }
  return [...choices.values()]
}

const aboutOf = ({ signal }: Decision): string => signal ?? 'An exit'
