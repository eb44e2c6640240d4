import { wireOf } from '../contracts/codec.ts'
import type { Layer } from '../contracts/layer.ts'
import { problem, type ProblemCode } from '../contracts/problem.ts'
import type { Wire } from '../contracts/validate.ts'
import type { Effect, Input, Refusal } from '../model/step.ts'
import { refusalEntry, type Draft } from '../trace/entry.ts'
import type { Reply } from '../transport/transport.ts'
import { Effects, type How, type Ready } from './effects.ts'
import { GroupCommit } from './group-commit.ts'
import {
  laneOf,
  newInstance,
  remember,
  stop,
  tell,
  type Armed,
  type Asked,
  type Instance,
  type Seen
} from './instance.ts'
import { LiveStep } from './live-step.ts'
import { Outbox } from './outbox.ts'
import type { EnginePorts } from './ports.ts'
import { quiescenceOf, type Quiescence } from './quiescence.ts'
import type { StoredInput } from './store.ts'
import { answerOf, inputOf, startOf, storedOf } from './stored-input.ts'

/** A message for this layer, validated: `json` as it came, `data` as the model sees it. */
export interface Incoming {
  readonly machine: string
  /** Absent: the engine makes one. */
  readonly id: string | undefined
  readonly type: string
  readonly from: Layer | 'outside'
  readonly json: unknown
  readonly data: unknown
  readonly cause?: string | undefined
  readonly traceparent?: string | undefined
}

interface Acceptable {
  readonly data: Wire
  readonly reply: Wire | undefined
}

/**
 * Runs one layer's model for any number of machines: takes inputs in once each, keeps them before anyone is told, and
 * carries out what the model asks for. In process and as a service it is the same; only its ports differ.
 */
export class Engine {
  readonly #ports: EnginePorts
  readonly #layer: Layer
  readonly #accepts = new Map<string, Acceptable>()
  readonly #instances = new Map<string, Instance>()
  readonly #outbox: Outbox
  readonly #commit: GroupCommit
  readonly #effects: Effects
  #replaying = false
  #lastTime = 0

  constructor(ports: EnginePorts) {
    this.#ports = ports
    this.#layer = ports.model.layer
    const onFailure = (error: unknown) => ports.fault(error, 'nothing can be kept any more')
    this.#commit = new GroupCommit({ store: ports.store, gather: ports.gather, onFailure })
    for (const { type, data, reply } of ports.accepts) {
      this.#accepts.set(type, { data: ports.codec(data), reply: reply === undefined ? undefined : ports.codec(reply) })
    }
    this.#outbox = new Outbox(ports, {
      answered: (instance, asked, form, json, value) => this.#answered(instance, asked, form, json, value),
      write: (instance, draft) => this.#write(instance, draft)
    })
    this.#effects = new Effects(ports, this.#outbox, {
      replyTo: (type) => this.replyFormOf(type),
      fired: (instance, armed) => this.#fired(instance, armed)
    })
  }

  /** Brings back what the store has kept, makes the machines that are not there yet, and lets everything run. */
  start(machines: readonly string[]): void {
    const { store } = this.#ports
    this.#replaying = this.#effects.replaying = true
    for (const { machine, to, count } of store.delivered()) laneOf(this.#make(machine), to).delivered = count
    for (const stored of store.inputs()) this.#replay(stored)
    this.#replaying = this.#effects.replaying = false
    for (const instance of this.#instances.values()) this.#effects.resume(instance)
    for (const machine of machines) this.create(machine, () => undefined)
  }

  /** Stops timers and waits for nothing; what is pending is made durable first. */
  close(): void {
    this.#commit.flush()
    for (const instance of this.#instances.values()) {
      for (const armed of instance.timers.values()) armed.stop?.()
      for (const asked of instance.asked.values()) asked.stop?.()
    }
    this.#ports.store.close()
  }

  machines(): readonly string[] {
    return [...this.#instances.keys()]
  }

  /** The state of a machine, or undefined. Boxed, since a state may be anything. */
  state(machine: string): { readonly state: unknown } | undefined {
    return this.#instances.get(machine)
  }

  /** Makes a machine. `done` is told whether it was new, when that cannot be lost any more. */
  create(machine: string, done: (created: boolean) => void): void {
    if (this.#instances.has(machine)) return this.#commit.later(() => done(false))
    const start = startOf(this.#layer, machine, this.#now())
    this.#take(this.#make(machine), start, { form: 'wire', json: {} }, () => done(true))
  }

  /** False once the store has failed. */
  healthy(): boolean {
    return !this.#commit.failed
  }

  /** Machines that a defect of the model has stopped, with what it was. */
  faults(): readonly { readonly machine: string; readonly fault: string }[] {
    return [...this.#instances.values()].flatMap(({ machine, fault }) =>
      fault === undefined ? [] : [{ machine, fault: fault.detail }]
    )
  }

  /** The form of the data of a message type that this layer accepts; undefined for another type. */
  formOf(type: string): Wire | undefined {
    return this.#accepts.get(type)?.data
  }

  /** The form of the answers to a type, if that is a question. */
  replyFormOf(type: string): Wire | undefined {
    return this.#accepts.get(type)?.reply
  }

  /** Validates the data of a message type that this layer accepts; undefined for another type. */
  parse(type: string, json: unknown): ReturnType<Wire['parse']> | undefined {
    return this.formOf(type)?.parse(json)
  }

  /** Offers a message to its machine, and gives its id. `reply` is called once, as soon as it is certain. */
  accept(message: Incoming, reply: (reply: Reply) => void): string {
    const { machine, type, from, data } = message
    const refuse = (code: ProblemCode, detail: string) => {
      reply({ kind: 'refused', journalled: false, problem: problem(code, detail) })
      return message.id ?? ''
    }
    if (this.#commit.failed) return refuse('storage-failed', 'nothing can be kept any more')
    const instance = this.#instances.get(machine)
    if (instance === undefined) return refuse('machine-unknown', `there is no machine ${machine}`)
    if (instance.fault !== undefined) {
      reply({ kind: 'refused', journalled: false, problem: instance.fault })
      return message.id ?? ''
    }
    const id = message.id ?? this.#makeId(instance)
    const seen = instance.seen.get(id)
    if (seen === undefined) {
      this.#take(instance, { id, type, from, time: this.#now(), data }, { form: 'wire', ...message }, reply)
      return id
    }
    if (seen.input.type !== type) return refuse('idempotency-key-invalid', `${id} is the id of a ${seen.input.type}`)
    if (seen.reply === undefined) seen.waiting.push(reply)
    else reply(seen.reply)
    return id
  }

  quiescence(): Quiescence {
    return quiescenceOf([...this.#instances.values()], this.#effects, this.#now())
  }

  #now(): number {
    return (this.#lastTime = Math.max(this.#lastTime, this.#ports.clock.now()))
  }

  #make(machine: string): Instance {
    let instance = this.#instances.get(machine)
    if (instance === undefined) {
      instance = newInstance(machine, this.#ports.model.initial(machine))
      this.#instances.set(machine, instance)
    }
    return instance
  }

  #makeId(instance: Instance): string {
    const id = `${instance.machine}-${this.#layer}-${++instance.made}`
    return instance.seen.has(id) ? this.#makeId(instance) : id
  }

  /** Steps the model with one input. Nobody is told of it, and nothing leaves, before it is kept. */
  #take(instance: Instance, input: Input, how: How, reply?: (reply: Reply) => void): void {
    const { id, type, from } = input
    const seen: Seen = { input: { id, type, from }, seq: 0, reply: undefined, waiting: reply ? [reply] : [] }
    if (instance.live !== undefined) {
      instance.live.waiting.push(input)
      return this.#takenIn(instance, seen, input, how, [])
    }
    let isIn = false
    const live = this.#liveStep((effects) => {
      const prepared = effects.map((effect) => this.#prepare(effect))
      if (isIn) return this.#effects.carryOut(instance, input, prepared, how.traceparent)
      isIn = true
      this.#takenIn(instance, seen, input, how, prepared)
    })
    const taken = this.#step(instance, input, live)
    if ('refusal' in taken) return this.#refuse(instance, input, taken.refusal, reply)
    instance.state = taken.state
    if (isIn) this.#effects.carryOut(instance, input, taken.prepared, how.traceparent)
    else this.#takenIn(instance, seen, input, how, taken.prepared)
  }

  /** In process, where what is taken in takes effect at once and answers come while the handler is on the stack. */
  #liveStep(out: (effects: readonly Effect[]) => void): LiveStep | undefined {
    const { transport, gather } = this.#ports
    if (gather !== undefined || transport.await === undefined || this.#replaying) return undefined
    return new LiveStep({ out, await: (id) => transport.await?.(id) ?? false })
  }

  /** The model has taken an input: it is remembered and kept, and then its effects are carried out. */
  #takenIn(instance: Instance, seen: Seen, input: Input, how: How, prepared: readonly Ready[]): void {
    remember(instance, seen)
    const { store, gather } = this.#ports
    if (store.durable && !this.#replaying) store.append(storedOf(instance.machine, input, how))
    const publish = () => this.#effects.publish(instance, seen, input, how, prepared)
    if (this.#replaying || (gather === undefined && !store.durable)) publish()
    else this.#commit.later(publish)
  }

  /** Where a message may come twice its refusal is remembered, as its acceptance would be: by then it might be taken. */
  #refuse(instance: Instance, input: Input, refusal: Refusal, reply?: (reply: Reply) => void): void {
    const { id, type, from, time } = input
    const seen: Seen = { input: { id, type, from }, seq: 0, reply: undefined, waiting: reply ? [reply] : [] }
    if (this.#ports.repeats) remember(instance, seen)
    this.#write(
      instance,
      refusalEntry(this.#layer, instance.machine, time, { ...seen.input, by: this.#layer }, refusal)
    )
    this.#commit.later(() => tell(seen, refusedReply(id, refusal)))
  }

  /** The next state with all that is to leave made ready, or why the input is refused. */
  #step(
    instance: Instance,
    input: Input,
    live: LiveStep | undefined
  ): { state: unknown; prepared: readonly Ready[] } | { refusal: Refusal } {
    instance.live = live
    try {
      const [state, effects] = this.#ports.model.step(instance.state as never, input, live)
      for (const effect of effects) {
        if (effect.kind === 'refusal' && (effect.input ?? input).id === input.id) return { refusal: effect }
      }
      return { state, prepared: effects.map((effect) => this.#prepare(effect)) }
    } catch (error) {
      if (this.#replaying) throw error
      this.#ports.fault(error, `${input.type} ${input.id} of ${instance.machine}`)
      const detail = `${input.type}: ${error instanceof Error ? error.message : String(error)}`
      // A message can be refused; an answer or a timer comes once, and what the handler would have done is now missing.
      if (input.type === 'answer' || input.from === 'timer') stop(instance, problem('model-fault', detail))
      return { refusal: { kind: 'refusal', code: 'model-fault', detail } }
    } finally {
      instance.live = undefined
    }
  }

  #prepare(effect: Effect): Ready {
    const leaves = effect.kind === 'send' || effect.kind === 'ask'
    return { effect, out: leaves ? this.#outbox.prepare(effect) : undefined }
  }

  #answered(instance: Instance, asked: Asked, form: StoredInput['form'], json: unknown, value: unknown): void {
    const { ask, traceparent } = asked
    if (instance.asked.get(ask.id) !== asked) return
    instance.asked.delete(ask.id)
    const answer = answerOf(ask, this.#now(), value)
    if (instance.live?.waitsFor !== ask.id) return this.#take(instance, answer, { form, json, traceparent, ask })
    this.#effects.arrived(instance, answer, ask, form === 'fallback')
    instance.live.answered(value)
  }

  #fired(instance: Instance, { timer: { id, type, data }, traceparent }: Armed): void {
    const input: Input = { id, type, from: 'timer', time: this.#now(), data }
    this.#take(instance, input, { form: 'wire', json: null, traceparent })
  }

  #write({ machine }: Instance, draft: Draft): void {
    const { store, journal } = this.#ports
    if (journal === undefined) return
    if (store.durable) {
      const { id, type, from, time, cause } = draft
      const data = { ...draft, data: wireOf(draft.data) }
      store.append({ form: 'entry', machine, id, type, from, time, cause, data })
    }
    this.#commit.later(() => void journal.append(draft))
  }

  /** Does again what a stored input says was done. */
  #replay(stored: StoredInput): void {
    const { form, machine, id, time, data } = stored
    this.#lastTime = Math.max(this.#lastTime, time)
    const instance = this.#make(machine)
    const prefix = `${machine}-${this.#layer}-`
    if (id.startsWith(prefix)) instance.made = Math.max(instance.made, Number(id.slice(prefix.length)) || 0)
    if (form === 'entry') return this.#replayEntry(instance, data as Draft)
    const { input, how } = inputOf(stored, instance, {
      parse: (type, json) => this.parse(type, json),
      replyOf: (ask, json) => this.#outbox.replyOf(ask, json)
    })
    this.#take(instance, input, how)
  }

  #replayEntry(instance: Instance, draft: Draft): void {
    this.#ports.journal?.append(draft)
    const { kind, id, type, from, to, data } = draft
    if (kind !== 'refusal' || to !== this.#layer || !this.#ports.repeats) return
    const reply = refusedReply(id, data as Refusal)
    remember(instance, { input: { id, type, from }, seq: 0, reply, waiting: [] })
  }
}

/** What is said to the sender of an input that its layer refused. */
const refusedReply = (id: string, { code, detail, field }: Pick<Refusal, 'code' | 'detail' | 'field'>): Reply => ({
  kind: 'refused',
  journalled: true,
  problem: problem(code, detail, { field, instance: id })
})
