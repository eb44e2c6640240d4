import { wireOf } from '../contracts/codec.ts'
import type { Layer } from '../contracts/layer.ts'
import { problem } from '../contracts/problem.ts'
import type { Effect, Input, Refusal } from '../model/step.ts'
import { refusalEntry, type Draft } from '../trace/entry.ts'
import type { Reply } from '../transport/transport.ts'
import type { Compaction } from './compaction.ts'
import type { Effects, How } from './effects.ts'
import type { GroupCommit } from './group-commit.ts'
import {
  refusedReply,
  remember,
  seenOf,
  stop,
  tell,
  type Armed,
  type Asked,
  type Instance,
  type Seen
} from './instance.ts'
import { LiveStep, type LiveStepOwner } from './live-step.ts'
import type { Outbox, Prepared } from './outbox.ts'
import type { EnginePorts } from './ports.ts'
import type { StoredInput } from './store.ts'
import { answerOf, storedOf } from './stored-input.ts'
import { weightOf } from './weight.ts'

export interface IntakeParts {
  readonly ports: EnginePorts
  readonly now: () => number
  readonly outbox: Outbox
  readonly effects: Effects
  readonly commit: GroupCommit
  /** Absent where nothing is kept. */
  readonly compaction: Compaction | undefined
}

const NO_EFFECTS: readonly Effect[] = []

/** Takes inputs in: messages, answers and timers. Each steps the model, is kept, and then takes effect. */
export class Intake implements LiveStepOwner {
  readonly #parts: IntakeParts
  readonly #ports: EnginePorts
  readonly #layer: Layer
  readonly hearsNotes: boolean
  /** What is taken in takes effect at once, and answers come while the handler is on the stack. */
  readonly #isLive: boolean
  /** Nothing is kept and nothing is gathered: an input takes effect as soon as the model has taken it. */
  readonly #isAtOnce: boolean
  /** Positions in the journal that are promised to what is being kept. */
  #promised = 0

  constructor(parts: IntakeParts) {
    this.#parts = parts
    const { model, transport, gather, store, journal } = parts.ports
    this.hearsNotes = journal !== undefined
    this.#ports = parts.ports
    this.#layer = model.layer
    this.#isAtOnce = gather === undefined && !store.durable
    this.#isLive = this.#isAtOnce && transport.await !== undefined
  }

  /** Steps the model with one input. Nobody is told of it, and nothing leaves, before it is kept. */
  take(instance: Instance, input: Input, how: How, reply?: (reply: Reply) => void): void {
    const seen = seenOf(input, reply)
    if (instance.live !== undefined) {
      instance.live.waiting.push(input)
      this.#takenIn(instance, seen, input, how, NO_EFFECTS, undefined)
      return this.#parts.effects.rememberQuestion(instance, seen)
    }
    const { effects } = this.#parts
    const live = this.#isLive && !effects.replaying ? new LiveStep(this, instance, seen, input, how) : undefined
    instance.current = seen
    const taken = this.#step(instance, input, live)
    if ('refusal' in taken) {
      instance.current = undefined
      return this.#refuse(instance, input, taken.refusal, reply)
    }
    instance.state = taken.state
    if (live?.isIn === true) effects.carryOut(instance, input, taken.effects, undefined, how.traceparent)
    else this.#takenIn(instance, seen, input, how, taken.effects, taken.prepared)
    instance.current = undefined
    if (!this.#ports.repeats) effects.rememberQuestion(instance, seen)
  }

  out({ instance, seen, input, how, isIn }: LiveStep, effects: readonly Effect[]): void {
    if (isIn) this.#parts.effects.carryOut(instance, input, effects, undefined, how.traceparent)
    else this.#takenIn(instance, seen, input, how, effects, undefined)
  }

  await(id: string): void {
    this.#ports.transport.await?.(id)
  }

  answered(instance: Instance, asked: Asked, form: StoredInput['form'], json: unknown, value: unknown): void {
    const { ask, traceparent } = asked
    if (!instance.asked.delete(asked) || instance.gone) return
    const answer = answerOf(ask, this.#parts.now(), value)
    if (instance.live?.waitsFor !== ask.id) {
      return this.take(instance, answer, { form, json, cause: undefined, traceparent, ask })
    }
    this.#parts.effects.arrived(instance, answer, ask, form === 'fallback')
    instance.live.answered(value)
  }

  fired(instance: Instance, { timer: { id, type, data }, traceparent }: Armed): void {
    if (instance.gone) return
    const input: Input = { id, type, from: 'timer', time: this.#parts.now(), data }
    this.take(instance, input, { form: 'wire', json: null, cause: undefined, traceparent, ask: undefined })
  }

  /** Writes an entry that no input will give again. */
  write(instance: Instance, draft: Draft): void {
    const { store, journal } = this.#ports
    if (journal === undefined || instance.gone) return
    const place = this.#promise(1)
    if (store.durable) {
      const { machine } = instance
      const { id, type, from, time, cause } = draft
      const data = { ...draft, data: wireOf(draft.data) }
      store.append({ form: 'entry', machine, id, type, from, time, cause, data, place })
      this.#parts.compaction?.kept(instance, time, weightOf(data))
    }
    this.#parts.commit.later(() => this.wrote(instance, draft, place))
  }

  /** Puts an entry where it belongs. */
  wrote(instance: Instance, draft: Draft, place: number | undefined): void {
    const { journal, positions } = this.#ports
    if (place !== undefined) positions?.skip(place - 1)
    const seq = journal?.append(draft)
    if (positions !== undefined && seq !== undefined) instance.place = seq
  }

  /** Newest position in the journal that is given or promised. */
  get last(): number {
    return Math.max(this.#ports.positions?.last ?? 0, this.#promised)
  }

  /** The first of so many positions in the journal; undefined where they are not kept. */
  #promise(count: number): number | undefined {
    if (this.#ports.positions === undefined) return undefined
    const { last } = this
    this.#promised = last + count
    return last + 1
  }

  /** The model has taken an input: it is remembered and kept, and then its effects are carried out. */
  #takenIn(
    instance: Instance,
    seen: Seen,
    input: Input,
    how: How,
    due: readonly Effect[],
    prepared: readonly (Prepared | undefined)[] | undefined
  ): void {
    const { effects, commit, compaction } = this.#parts
    if (this.#ports.repeats) remember(instance, seen)
    if (this.#isAtOnce) return effects.publish(instance, seen, input, how, due, prepared)
    const { store } = this.#ports
    if (store.durable) compaction?.kept(instance, input.time, weightOf(how.json))
    if (effects.replaying) return effects.publish(instance, seen, input, how, due, prepared, how.place)
    const place = this.#promise(effects.entriesOf(instance, input, due))
    if (store.durable) store.append(storedOf(instance.machine, input, how, place))
    commit.later(() => effects.publish(instance, seen, input, how, due, prepared, place))
  }

  /** Where a message may come twice its refusal is remembered, as its acceptance would be: by then it might be taken. */
  #refuse(instance: Instance, input: Input, refusal: Refusal, reply?: (reply: Reply) => void): void {
    const { id, type, from, time } = input
    const seen = seenOf(input, reply)
    if (this.#ports.repeats) remember(instance, seen)
    this.write(
      instance,
      refusalEntry(this.#layer, instance.machine, time, { id, type, from, by: this.#layer }, refusal)
    )
    this.#parts.commit.later(() => tell(seen, refusedReply(id, refusal)))
  }

  /** The next state with all that is to leave made ready, or why the input is refused. */
  #step(instance: Instance, input: Input, live: LiveStep | undefined): Taken | { readonly refusal: Refusal } {
    const { model, fault } = this.#ports
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
      if (this.#parts.effects.replaying) throw error
      fault(error, `${input.type} ${input.id} of ${instance.machine}`)
      const detail = `${input.type}: ${error instanceof Error ? error.message : String(error)}`
      // A message can be refused; an answer or a timer comes once, and what the handler would have done is now missing.
      if (input.type === 'answer' || input.from === 'timer') stop(instance, problem('model-fault', detail))
      return { refusal: { kind: 'refusal', code: 'model-fault', detail } }
    } finally {
      instance.live = undefined
    }
  }

  #prepare(effect: Effect): Prepared | undefined {
    return effect.kind === 'send' || effect.kind === 'ask' ? this.#parts.outbox.prepare(effect) : undefined
  }
}

interface Taken {
  readonly state: unknown
  readonly effects: readonly Effect[]
  readonly prepared: readonly (Prepared | undefined)[] | undefined
}
