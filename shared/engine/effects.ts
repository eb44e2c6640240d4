import type { Layer } from '../contracts/layer.ts'
import type { Wire } from '../contracts/validate.ts'
import type { Ask, Effect, Input, Refusal, Send } from '../model/step.ts'
import { answerEntry, messageEntry, noteEntry, outsideAnswerEntry, refusalEntry, traced } from '../trace/entry.ts'
import { askedBy, laneOf, type Armed, type Asked, type Instance } from './instance.ts'
import { forget, remember, tellAnswer } from './remembering.ts'
import { refusedReply, tell, type Seen } from './seen.ts'
import type { Outbox, Prepared } from './outbox.ts'
import type { EnginePorts } from './ports.ts'
import type { StoredInput } from './store.ts'

/** How an input came in, as far as the store and the journal need it. */
export interface How {
  readonly form: StoredInput['form']
  readonly json: unknown
  readonly cause: string | undefined
  readonly traceparent: string | undefined
  /** Where its entry was in the journal, when it is stepped through again. */
  readonly place?: number | undefined
  /** What came of the input when it was kept, where that is known and done again. */
  readonly effects?: string | undefined
  /** The question, when the input is its answer. */
  readonly ask: Ask | undefined
}

/** What the effects of a layer need of the engine they belong to. */
export interface EffectsOwner {
  /** The form of the answers to a type, if it is a question. */
  replyTo(type: string): Wire | undefined
  /** A timer has fired. */
  fired(instance: Instance, armed: Armed): void
}

/** Carries out what a model asked for, once the input that led to it is kept. */
export class Effects {
  /** While a restart reads the store back nothing leaves: it is held, and `resume` lets go of what is still due. */
  replaying = false
  accepted = 0
  asked = 0
  readonly #ports: EnginePorts
  readonly #layer: Layer
  readonly #outbox: Outbox
  readonly #owner: EffectsOwner
  /** Which trace a held message is part of. */
  readonly #heldTraces = new WeakMap<Send, string>()

  constructor(ports: EnginePorts, outbox: Outbox, owner: EffectsOwner) {
    this.#ports = ports
    this.#layer = ports.model.layer
    this.#outbox = outbox
    this.#owner = owner
  }

  /** Remembers an input to which an answer is due. */
  rememberQuestion(instance: Instance, seen: Seen): void {
    if (seen.reply === undefined && this.#isQuestion(seen)) remember(instance, seen)
  }

  /** The input is kept: journals it, carries out its effects, and tells whoever waits. */
  publish(
    instance: Instance,
    seen: Seen,
    input: Input,
    how: How,
    effects: readonly Effect[],
    prepared: readonly (Prepared | undefined)[] | undefined,
    place?: number
  ): void {
    this.accepted++
    instance.accepted++
    const { journal, positions } = this.#ports
    if (place !== undefined) positions?.skip(place - 1)
    const { ask, form, cause, traceparent } = how
    if (journal !== undefined) {
      const draft =
        ask === undefined
          ? messageEntry(this.#layer, instance.machine, input, cause)
          : answerEntry(this.#layer, instance.machine, input, ask, form === 'fallback')
      seen.seq = journal.append(traced(draft, traceparent))
    }
    this.carryOut(instance, input, effects, prepared, traceparent)
    if (positions !== undefined) instance.place = positions.last
    if (seen.reply !== undefined || this.#isQuestion(input)) return
    tell(seen, { kind: 'accepted', journalled: true, id: input.id, seq: seen.seq })
  }

  carryOut(
    instance: Instance,
    input: Input,
    effects: readonly Effect[],
    prepared: readonly (Prepared | undefined)[] | undefined,
    traceparent: string | undefined
  ): void {
    for (let i = 0; i < effects.length; i++) {
      this.#carryOut(instance, input, effects[i] as Effect, prepared?.[i], traceparent)
    }
  }

  #isQuestion({ type, from }: Pick<Input, 'type' | 'from'>): boolean {
    return from !== 'timer' && this.#owner.replyTo(type) !== undefined
  }

  /** The answer to a question has reached the handler that waits for it on the stack. */
  arrived(instance: Instance, answer: Input, { ask, traceparent }: Asked, isFallback: boolean): void {
    this.accepted++
    instance.accepted++
    const draft = answerEntry(this.#layer, instance.machine, answer, ask, isFallback)
    this.#ports.journal?.append(traced(draft, traceparent))
  }

  #carryOut(
    instance: Instance,
    input: Input,
    effect: Effect,
    prepared: Prepared | undefined,
    traceparent: string | undefined
  ): void {
    switch (effect.kind) {
      case 'send': {
        const lane = laneOf(instance, effect.to)
        lane.sent++
        if (!this.replaying) this.#outbox.send(instance, effect, prepared, traceparent)
        else if (lane.sent > lane.delivered) this.#hold(instance, effect, traceparent)
        return
      }
      case 'ask': {
        this.asked++
        instance.questions++
        const behind = instance.lanes.get(effect.to)?.sent ?? 0
        // What is read back was asked when the input came that led to it.
        const since = this.replaying ? input.time : this.#ports.clock.now()
        const asked: Asked = { ask: effect, traceparent, behind, since, giveUp: undefined, stop: undefined }
        instance.asked.add(asked)
        if (this.replaying) instance.held.push(effect)
        else this.#outbox.ask(instance, asked, prepared)
        return
      }
      case 'answer':
        return this.#answer(instance, effect.to, effect.data, input.time, traceparent)
      case 'timer': {
        this.set(instance, { timer: effect, due: input.time + effect.afterNs, traceparent })
        return
      }
      case 'note':
        return void this.#ports.journal?.append(
          traced(noteEntry(this.#layer, instance.machine, input.time, effect), traceparent)
        )
      case 'refusal':
        return this.#refuseLate(instance, effect, input.time, traceparent)
    }
  }

  /** How many journal entries an input leads to, with its own. */
  entriesOf(instance: Instance, input: Input, effects: readonly Effect[]): number {
    let count = 1
    for (const effect of effects) {
      if (effect.kind === 'note' || (effect.kind === 'refusal' && effect.input !== undefined)) count++
      if (effect.kind !== 'answer') continue
      const asker = effect.to === input.id ? input : instance.seen.get(effect.to)
      if (asker?.from === 'outside') count++
    }
    return count
  }

  /** This layer's answer to a question it was asked. */
  #answer(instance: Instance, to: string, value: unknown, time: number, traceparent: string | undefined): void {
    const seen = instance.current?.id === to ? instance.current : instance.seen.get(to)
    const form = seen && this.#owner.replyTo(seen.type)
    const { journal, repeats, fault } = this.#ports
    if (seen === undefined || form === undefined) {
      return fault(new Error(`${to} was no question`), `an answer of ${instance.machine}`)
    }
    if (seen.from === 'outside') {
      journal?.append(traced(outsideAnswerEntry(this.#layer, instance.machine, seen, time, value), traceparent))
    }
    if (repeats) return tellAnswer(instance, seen, form.encode(value))
    if (seen !== instance.current) forget(instance, seen)
    tell(seen, { kind: 'answered', journalled: true, answer: form.encode(value) })
  }

  /** The refusal of an input that had been taken in before: the layer was busy, or asked something before it knew. */
  #refuseLate(instance: Instance, refusal: Refusal, time: number, traceparent: string | undefined): void {
    const { input } = refusal
    if (input === undefined) return
    const { id, type, from } = input
    const who = { id, type, from, by: this.#layer }
    this.#ports.journal?.append(traced(refusalEntry(this.#layer, instance.machine, time, who, refusal), traceparent))
    const seen = instance.current?.id === id ? instance.current : instance.seen.get(id)
    if (seen === undefined) return
    tell(seen, refusedReply(id, refusal))
    if (!this.#ports.repeats) forget(instance, seen)
  }

  /** Sets a timer. */
  set(instance: Instance, timer: Omit<Armed, 'stop'>): void {
    const armed: Armed = { ...timer, stop: undefined }
    instance.timers.set(timer.timer.id, armed)
    if (!this.replaying) this.arm(instance, armed)
  }

  arm(instance: Instance, armed: Armed): void {
    const { clock } = this.#ports
    armed.stop = clock.setTimer(Math.max(0, armed.due - clock.now()), () => {
      instance.timers.delete(armed.timer.id)
      this.#owner.fired(instance, armed)
    })
  }

  #hold(instance: Instance, effect: Send, traceparent: string | undefined): void {
    instance.held.push(effect)
    if (traceparent !== undefined) this.#heldTraces.set(effect, traceparent)
  }

  /** After a restart: sends what no receiver has accepted, asks what nobody has answered, arms what has not fired. */
  resume(instance: Instance): void {
    for (const effect of instance.held.splice(0)) {
      const asked = askedBy(instance, effect.id)
      if (effect.kind === 'send') this.#outbox.send(instance, effect, undefined, this.#heldTraces.get(effect))
      else if (asked !== undefined) this.#outbox.ask(instance, asked, undefined)
    }
    for (const armed of instance.timers.values()) this.arm(instance, armed)
  }
}
