import type { Effect, Input, Live } from '../model/step.ts'

export interface LiveStepPorts {
  /** Carries effects out; the first time, the input counts as taken in. */
  readonly out: (effects: readonly Effect[]) => void
  /** Delivers what is under way until the question with this id is done; false when that cannot be now. */
  readonly await: (id: string) => boolean
}

/**
 * A step whose handler stays on the stack while its questions are answered, in process. The same effects leave in the same
 * order as without, but no handler is run again.
 */
export class LiveStep implements Live {
  readonly waiting: Input[] = []
  /** The question that the handler waits for. */
  waitsFor: string | undefined
  #ports: LiveStepPorts
  #answer: { readonly value: unknown } | undefined

  constructor(ports: LiveStepPorts) {
    this.#ports = ports
  }

  out(effects: readonly Effect[]): void {
    this.#ports.out(effects)
  }

  ask(effects: readonly Effect[]): { readonly value: unknown } | undefined {
    const asked = effects.at(-1)
    if (asked?.kind !== 'ask') throw new Error('what is waited for is a question')
    this.#ports.out(effects)
    this.waitsFor = asked.id
    this.#ports.await(asked.id)
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
