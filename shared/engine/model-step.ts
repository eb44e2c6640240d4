import { problem } from '../contracts/problem.ts'
import type { Effect, Input, Refusal } from '../model/step.ts'
import type { Effects } from './effects.ts'
import { stop, type Instance } from './instance.ts'
import type { LiveStep } from './live-step.ts'
import type { Outbox, Prepared } from './outbox.ts'
import type { EnginePorts } from './ports.ts'

export interface ModelStepParts {
  readonly ports: Pick<EnginePorts, 'model' | 'fault'>
  readonly outbox: Pick<Outbox, 'prepare'>
  readonly effects: Pick<Effects, 'replaying'>
}

/** What a model has made of an input. */
export interface Taken {
  readonly state: unknown
  readonly effects: readonly Effect[]
  readonly prepared: readonly (Prepared | undefined)[] | undefined
}

/** One step of the model: the next state with all that is to leave made ready, or why the input is refused. */
export class ModelStep {
  readonly #parts: ModelStepParts

  constructor(parts: ModelStepParts) {
    this.#parts = parts
  }

  /** A model that throws refuses its input; during a replay what it throws is thrown on. */
  take(instance: Instance, input: Input, live: LiveStep | undefined): Taken | { readonly refusal: Refusal } {
    const { model } = this.#parts.ports
    instance.live = live
    try {
      const [state, effects] = model.step(instance.state, input, live)
      for (const effect of effects) {
        // What has left already cannot be refused as if nothing had happened.
        if (live?.isIn === true) break
        if (effect.kind === 'refusal' && (effect.input ?? input).id === input.id) return { refusal: effect }
      }
      // Where values travel as they are, nothing can go wrong with them later.
      const prepared = live === undefined ? effects.map((effect) => this.#prepare(effect)) : undefined
      return { state, effects, prepared }
    } catch (error) {
      return { refusal: this.#failed(instance, input, error) }
    } finally {
      instance.live = undefined
    }
  }

  #failed(instance: Instance, input: Input, error: unknown): Refusal {
    const { ports, effects } = this.#parts
    if (effects.replaying) throw error
    ports.fault(error, `${input.type} ${input.id} of ${instance.machine}`)
    const detail = `${input.type}: ${error instanceof Error ? error.message : String(error)}`
    // A message can be refused; an answer or a timer comes once, and what the handler would have done is now missing.
    if (input.type === 'answer' || input.from === 'timer') stop(instance, problem('model-fault', detail))
    return { kind: 'refusal', code: 'model-fault', detail }
  }

  #prepare(effect: Effect): Prepared | undefined {
    return effect.kind === 'send' || effect.kind === 'ask' ? this.#parts.outbox.prepare(effect) : undefined
  }
}
