import type { Effect, Input, Live } from '../model/step.ts'
import type { How } from './effects.ts'
import type { Instance } from './instance.ts'
import type { Seen } from './seen.ts'

export interface LiveStepOwner {
  readonly hearsNotes: boolean
  /** Carries effects out; the first time, the input counts as taken in. */
  out(step: LiveStep, effects: readonly Effect[]): void
  /** Delivers what is under way until the question with this id is done, or cannot be done now. */
  await(id: string): void
}

/**
 * A step whose handler stays on the stack while its questions are answered, in process. The same effects leave in the same
 * order as without, but no handler is run again.
 */
export class LiveStep implements Live {
  readonly instance: Instance
  readonly seen: Seen
  readonly input: Input
  readonly how: How
  readonly hearsNotes: boolean
  readonly waiting: Input[] = []
  /** Something has left already, so the input has been taken in. */
  isIn = false
  /** The question that the handler waits for. */
  waitsFor: string | undefined
  readonly #owner: LiveStepOwner
  #answer: { readonly value: unknown } | undefined

  constructor(owner: LiveStepOwner, instance: Instance, seen: Seen, input: Input, how: How) {
    this.#owner = owner
    this.hearsNotes = owner.hearsNotes
    this.instance = instance
    this.seen = seen
    this.input = input
    this.how = how
  }

  out(effects: readonly Effect[]): void {
    this.#owner.out(this, effects)
    this.isIn = true
  }

  ask(effects: readonly Effect[]): { readonly value: unknown } | undefined {
    const asked = effects.at(-1)
    if (asked?.kind !== 'ask') throw new Error('what is waited for is a question')
    this.out(effects)
    this.waitsFor = asked.id
    this.#owner.await(asked.id)
    this.waitsFor = undefined
    const answer = this.#answer
    this.#answer = undefined
    return answer
  }

  /** The answer to the question that the handler waits for. */
  answered(value: unknown): void {
    this.#answer = { value }
  }
}
