import { wireOf } from '../contracts/codec.ts'
import type { Layer } from '../contracts/layer.ts'
import type { Problem } from '../contracts/problem.ts'
import type { Effect, Input, Refusal } from '../model/step.ts'
import { causeOf, refusalEntry, traced, type Draft } from '../trace/entry.ts'
import type { Reply } from '../transport/transport.ts'
import type { Compaction } from './compaction.ts'
import type { Effects, How } from './effects.ts'
import { effectsText } from './effects-text.ts'
import type { GroupCommit } from './group-commit.ts'
import { holdAgainst } from './history-differs.ts'
import type { Armed, Asked, Instance } from './instance.ts'
import { forget, remember } from './remembering.ts'
import { refusedReply, seenOf, tell, type Seen } from './seen.ts'
import { LiveStep, type LiveStepOwner } from './live-step.ts'
import { ModelStep } from './model-step.ts'
import type { Outbox, Prepared } from './outbox.ts'
import type { EnginePorts } from './ports.ts'
import type { StoredInput } from './store.ts'
import { answerOf, bodyOf, storedOf } from './stored-input.ts'
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

/** Who is told what became of an input. */
export interface Sender {
  /** Told what is said to the input. */
  readonly reply?: (reply: Reply) => void
  /** Nobody can be refused it: this makes it come again, when it could not be kept. */
  readonly again?: () => void
}
const NOBODY: Sender = {}

/** Takes inputs in: messages, answers and timers. Each steps the model, is kept, and then takes effect. */
export class Intake implements LiveStepOwner {
  readonly #parts: IntakeParts
  readonly #ports: EnginePorts
  readonly #layer: Layer
  readonly #step: ModelStep
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
    this.#step = new ModelStep(parts)
    this.#layer = model.layer
    this.#isAtOnce = gather === undefined && !store.durable
    this.#isLive = this.#isAtOnce && transport.await !== undefined
  }

  /** Steps the model with one input. Nobody is told of it, and nothing leaves, before it is kept. */
  take(instance: Instance, input: Input, how: How, from: Sender = NOBODY): void {
    const { reply, again } = from
    const seen = seenOf(input, this.#bodyOf(input, how), reply)
    if (instance.live !== undefined) {
      instance.live.waiting.push(input)
      this.#takenIn(instance, seen, input, how, NO_EFFECTS, undefined, again)
      return this.#parts.effects.rememberQuestion(instance, seen)
    }
    const { effects } = this.#parts
    const live = this.#isLive && !effects.replaying ? new LiveStep(this, instance, seen, input, how) : undefined
    instance.current = seen
    const taken = this.#step.take(instance, input, live)
    if (effects.replaying) holdAgainst(how.effects, input, taken)
    if ('refusal' in taken) {
      instance.current = undefined
      return this.#refuse(instance, seen, input, how, taken.refusal, again)
    }
    instance.state = taken.state
    if (live?.isIn === true) effects.carryOut(instance, input, taken.effects, undefined, how.traceparent)
    else this.#takenIn(instance, seen, input, how, taken.effects, taken.prepared, again)
    instance.current = undefined
    if (!this.#ports.repeats) effects.rememberQuestion(instance, seen)
  }

  out({ instance, seen, input, how, isIn }: LiveStep, effects: readonly Effect[]): void {
    if (isIn) this.#parts.effects.carryOut(instance, input, effects, undefined, how.traceparent)
    else this.#takenIn(instance, seen, input, how, effects, undefined, undefined)
  }

  await(id: string): void {
    this.#ports.transport.await?.(id)
  }

  answered(instance: Instance, asked: Asked, form: StoredInput['form'], json: unknown, value: unknown): void {
    const { ask, traceparent } = asked
    if (instance.leaving !== undefined) {
      return void instance.leaving.push(() => this.answered(instance, asked, form, json, value))
    }
    if (!instance.asked.delete(asked)) return
    const answer = answerOf(ask, this.#parts.now(), value)
    if (instance.live?.waitsFor !== ask.id) {
      const again = () => {
        // Still open, as if the answer had not come yet.
        instance.asked.add(asked)
        asked.stop = this.#parts.commit.retry(() => this.answered(instance, asked, form, json, value))
      }
      return this.take(instance, answer, { form, json, cause: undefined, traceparent, ask }, { again })
    }
    this.#parts.effects.arrived(instance, answer, asked, form === 'fallback')
    instance.live.answered(value)
  }

  fired(instance: Instance, armed: Armed, isAgain = false): void {
    if (instance.leaving !== undefined) return void instance.leaving.push(() => this.fired(instance, armed, isAgain))
    const { timer, traceparent } = armed
    const { id, type, data } = timer
    const input: Input = { id, type, from: 'timer', time: this.#parts.now(), data }
    if (traceparent !== undefined && !isAgain) {
      const { machine } = instance
      const { time } = input
      const cause = causeOf(id)
      this.#ports.arrived?.({ machine, id, type, from: 'timer', time, context: traceparent, isOwn: false, cause })
    }
    const again = () => {
      instance.timers.set(id, armed)
      armed.stop = this.#parts.commit.retry(() => {
        instance.timers.delete(id)
        this.fired(instance, armed, true)
      })
    }
    this.take(instance, input, { form: 'wire', json: null, cause: undefined, traceparent, ask: undefined }, { again })
  }

  /** Writes an entry that no input will give again. What cannot be kept now is tried again. */
  write(instance: Instance, draft: Draft): void {
    if (this.#ports.journal === undefined) return
    if (instance.leaving !== undefined) return void instance.leaving.push(() => this.write(instance, draft))
    const place = this.#keepEntry(instance, draft)
    this.#parts.commit.later(
      () => this.wrote(instance, draft, place),
      () => {
        this.#promised = 0
        this.#parts.commit.retry(() => this.write(instance, draft))
      }
    )
  }

  /** Gives the position that the entry will have. */
  #keepEntry(instance: Instance, draft: Draft, body?: number): number | undefined {
    const { store } = this.#ports
    const place = this.#promise(1)
    if (!store.durable) return place
    const { machine } = instance
    const { id, type, from, time, cause } = draft
    const data = { ...draft, data: wireOf(draft.data) }
    store.append({ form: 'entry', machine, id, type, from, time, cause, data, place, body })
    this.#parts.compaction?.kept(instance, time, weightOf(data))
    return place
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
    prepared: readonly (Prepared | undefined)[] | undefined,
    again: Sender['again']
  ): void {
    const { effects, commit, compaction } = this.#parts
    if (this.#ports.repeats) remember(instance, seen)
    if (this.#isAtOnce) return effects.publish(instance, seen, input, how, due, prepared)
    const { store } = this.#ports
    if (store.durable) compaction?.kept(instance, input.time, weightOf(how.json))
    if (effects.replaying) return effects.publish(instance, seen, input, how, due, prepared, how.place)
    const place = this.#promise(effects.entriesOf(instance, input, due))
    if (store.durable) store.append(storedOf(instance.machine, input, how, place, effectsText(input, due)))
    const kept = { state: instance.state }
    commit.later(
      () => {
        instance.kept = kept
        effects.publish(instance, seen, input, how, due, prepared, place)
      },
      (why) => this.#undo(instance, seen, why, again)
    )
  }

  /** An input could not be kept: the machine is where it was before, and whoever sent it is told, or tries again. */
  #undo(instance: Instance, seen: Seen, why: Problem, again: Sender['again']): void {
    // With it all that was promised a position in the journal has come to nothing.
    this.#promised = 0
    instance.state = instance.kept?.state
    if (instance.seen.get(seen.id) === seen) forget(instance, seen)
    tell(seen, { kind: 'refused', journalled: false, problem: why })
    again?.()
  }

  /** Where a message may come twice its refusal is remembered, as its acceptance would be: by then it might be taken. */
  #refuse(
    instance: Instance,
    seen: Seen,
    input: Input,
    { traceparent }: How,
    refusal: Refusal,
    again: Sender['again']
  ): void {
    const { id, type, from, time } = input
    if (this.#ports.repeats) remember(instance, seen)
    const who = { id, type, from, by: this.#layer }
    const draft = traced(refusalEntry(this.#layer, instance.machine, time, who, refusal), traceparent)
    // The handler of an answer or a timer has failed for good: that is told as soon as it can be.
    if (again !== undefined) return this.write(instance, draft)
    const place = this.#ports.journal === undefined ? undefined : this.#keepEntry(instance, draft, seen.body)
    this.#parts.commit.later(
      () => {
        this.wrote(instance, draft, place)
        tell(seen, refusedReply(id, refusal))
      },
      (why) => this.#undo(instance, seen, why, undefined)
    )
  }

  /** Only what others send can come again, or under an id that is taken. */
  #bodyOf({ type, from }: Input, { json }: How): number | undefined {
    return this.#ports.repeats && from !== 'timer' && type !== 'answer' ? bodyOf(json) : undefined
  }
}
