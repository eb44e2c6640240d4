import type { Waits } from '../contracts/became.ts'
import type { Fields } from '../contracts/fields.ts'
import type { Layer } from '../contracts/layer.ts'
import { problem, type Problem } from '../contracts/problem.ts'
import type { MessageType } from '../contracts/message.ts'
import type { Wire } from '../contracts/validate.ts'
import type { Input } from '../model/step.ts'
import { ownContext, type TraceContext } from '../contracts/trace-context.ts'
import type { Reply } from '../transport/transport.ts'
import { Compaction } from './compaction.ts'
import { DeadLetters, noLetter } from './dead-letters.ts'
import { Effects } from './effects.ts'
import { GroupCommit } from './group-commit.ts'
import type { Instance } from './instance.ts'
import { forgetOld } from './remembering.ts'
import { Intake } from './intake.ts'
import { Machines } from './machines.ts'
import { Outbox } from './outbox.ts'
import type { EnginePorts } from './ports.ts'
import { quiescenceOf, type Quiescence } from './quiescence.ts'
import { DEFAULT_RETENTION } from './retention.ts'
import { Restart } from './restart.ts'
import { isRepeat } from './stored-input.ts'
import { waitsOf } from './waits.ts'
import { Room } from './room.ts'
import { weightOf } from './weight.ts'

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
  /** A `TraceContext`. */
  readonly traceparent?: string | undefined
}

/** Nobody outside may cause more; what comes from other layers has begun already and goes on to its end. */
const backlogOf = (to: Layer, machine: string) =>
  problem('neighbour-backlog', `too many messages of ${machine} wait for ${to}`)

const NOTHING = () => undefined

const fullOf = (machine: string, bytes: number) =>
  problem('machine-full', `the state of ${machine} takes ${bytes} bytes; what reads or deletes is still taken`)

interface Acceptable {
  readonly data: Wire
  readonly method: MessageType['method']
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
  readonly #intake: Intake
  readonly #machines: Machines
  readonly #compaction: Compaction | undefined
  readonly #room: Room | undefined
  /** Nothing is kept and nothing is gathered: whatever is taken in shows at once. */
  readonly #isAtOnce: boolean
  /** What was sent and given up, until a person decides. */
  readonly deadLetters: DeadLetters
  #lastTime = 0

  constructor(ports: EnginePorts) {
    this.#ports = ports
    this.#layer = ports.model.layer
    const { store, gather, clock: timers, fault: onFailure } = ports
    this.#isAtOnce = gather === undefined && !store.durable
    if (ports.stateBytes !== undefined) this.#room = new Room(ports.stateBytes)
    if (store.durable) {
      const { retention = DEFAULT_RETENTION } = ports
      this.#compaction = new Compaction({ store, retention, last: () => this.#intake.last })
    }
    const onRest = this.#compaction && (() => this.#compact())
    this.#commit = new GroupCommit({ store, gather, timers, onFailure, onRest })
    for (const { type, data, reply, method } of ports.accepts) {
      const forms = { data: ports.codec(data), reply: reply === undefined ? undefined : ports.codec(reply) }
      this.#accepts.set(type, { ...forms, method })
    }
    this.#outbox = new Outbox(ports, {
      answered: (instance, asked, form, json, value) => {
        this.#room?.come(instance, json)
        this.#intake.answered(instance, asked, form, json, value)
      },
      write: (instance, draft) => this.#intake.write(instance, draft),
      dead: (instance, letter) => this.deadLetters.add(instance, letter),
      answeredAfterAll: (instance, id) => this.deadLetters.answered(instance, id)
    })
    this.deadLetters = new DeadLetters({
      outbox: this.#outbox,
      keep: (instance, { id, type }) => this.#keepLetter(instance, id, type),
      fault: ports.fault
    })
    this.#effects = new Effects(ports, this.#outbox, {
      replyTo: (type) => this.replyFormOf(type),
      fired: (instance, armed) => this.#intake.fired(instance, armed)
    })
    const now = () => this.#now()
    this.#intake = new Intake({
      ports,
      now,
      outbox: this.#outbox,
      effects: this.#effects,
      commit: this.#commit,
      compaction: this.#compaction
    })
    this.#machines = new Machines({
      ports,
      instances: this.#instances,
      now,
      commit: this.#commit,
      effects: this.#effects,
      intake: this.#intake,
      deadLetters: this.deadLetters,
      compaction: this.#compaction,
      arrived: (machine, start, given) => this.#arrived(machine, start, given, undefined)
    })
  }

  /** Brings back what the store has kept, makes the machines that are not there yet, and lets everything run. */
  start(machines: readonly string[]): void {
    const { store } = this.#ports
    this.#effects.replaying = true
    const restart = new Restart({
      ports: this.#ports,
      instances: this.#instances,
      make: (machine) => this.#machines.make(machine),
      intake: this.#intake,
      outbox: this.#outbox,
      deadLetters: this.deadLetters,
      compaction: this.#compaction,
      parse: (type, json) => this.parse(type, json)
    })
    this.#lastTime = Math.max(this.#lastTime, restart.read())
    this.#effects.replaying = false
    for (const instance of this.#instances.values()) {
      if (!instance.isAsleep) instance.kept = { state: instance.state }
    }
    for (const instance of this.#instances.values()) {
      this.deadLetters.resume(instance)
      this.#effects.resume(instance)
    }
    for (const machine of machines) this.#machines.insist(machine)
    // They are there as soon as the service is.
    if (this.#commit.isBusy) this.#commit.flush()
    if (store.durable) this.#commit.later(NOTHING, NOTHING)
  }

  /** Stops timers and waits for nothing; what is pending is made durable first. */
  close(): void {
    this.#commit.flush()
    this.#commit.close()
    for (const instance of this.#instances.values()) {
      for (const armed of instance.timers.values()) armed.stop?.()
      for (const asked of instance.asked.values()) asked.stop?.()
    }
    this.#ports.store.close()
  }

  machines(): readonly string[] {
    const names = [...this.#instances.keys()]
    return this.#isAtOnce ? names : names.filter((machine) => this.#instances.get(machine)?.isKept)
  }

  /** How many machines there are, those that are about to be kept among them. */
  get count(): number {
    return this.#instances.size
  }

  /** Whether messages of a machine can be taken in: it may be about to be kept. */
  has(machine: string): boolean {
    return this.#instances.has(machine)
  }

  /** The state of a machine as far as it is kept, or undefined. Boxed, since a state may be anything. */
  state(machine: string): { readonly state: unknown } | undefined {
    const instance = this.#instances.get(machine)
    return this.#isAtOnce ? instance : instance?.kept
  }

  /** Makes a machine. `done` is told whether it was new when that cannot be lost any more, or why it could not be kept. */
  create(machine: string, done: (created: boolean | Problem) => void, context?: TraceContext): void {
    this.#machines.create(machine, done, context)
  }

  /** Makes a machine that is where another one is. Throws where it cannot be, as `Machines` says. */
  fork(template: string, machine: string): void {
    this.#machines.fork(template, machine)
  }

  /** Forgets a machine. Throws when it waits for an answer. */
  forget(machine: string): void {
    this.#machines.forget(machine)
  }

  /** Deletes a machine with all that was kept of it. `done` is told whether there was one, or why it is still there. */
  delete(machine: string, done: (existed: boolean | Problem) => void): void {
    this.#machines.delete(machine, done)
  }

  /** Lets go of what is too old by now; otherwise that happens when something comes. */
  expire(): void {
    const now = this.#now()
    for (const instance of this.#instances.values()) if (!instance.isAsleep) forgetOld(instance, now)
    if (this.#ports.store.durable) this.#commit.later(NOTHING, NOTHING)
  }

  /** Why nothing can be kept for now, or something is wrong with what is; undefined when all is well. */
  storageTrouble(): Problem | undefined {
    const told = this.#ports.store.trouble?.()
    return this.#commit.trouble ?? (told === undefined ? undefined : problem('storage-failed', told))
  }

  /** Machines that a defect of the model has stopped, with what it was. */
  faults(): readonly { readonly machine: string; readonly fault: string }[] {
    return [...this.#instances.values()].flatMap(({ machine, fault }) =>
      fault === undefined ? [] : [{ machine, fault: fault.detail }]
    )
  }

  /** Machines whose state is larger than it may be, with about how many bytes it takes. */
  full(): readonly { readonly machine: string; readonly bytes: number }[] {
    return [...this.#instances.values()].flatMap((instance) => {
      const bytes = this.#room?.fullSize(instance)
      return bytes === undefined ? [] : [{ machine: instance.machine, bytes }]
    })
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
    const { machine, type, from } = message
    const refuse = (told: Problem) => {
      reply({ kind: 'refused', journalled: false, problem: told })
      return message.id ?? ''
    }
    const instance = this.#instances.get(machine)
    if (instance === undefined) return refuse(problem('machine-unknown', `there is no machine ${machine}`))
    if (instance.fault !== undefined) return refuse(instance.fault)
    const { json, data } = this.#completed(message)
    const id = message.id ?? this.#makeId(instance)
    const seen = this.#ports.repeats ? instance.seen.get(id) : undefined
    if (seen === undefined) {
      const full = from === 'outside' ? this.#ports.transport.fullFor?.(machine) : undefined
      if (full !== undefined) return refuse(backlogOf(full, machine))
      const large = this.#tooLarge(instance, from, type, json)
      if (large !== undefined) return refuse(fullOf(machine, large))
      const { cause } = message
      const input: Input = { id, type, from, time: this.#now(), data }
      const traceparent = this.#arrived(machine, input, message.traceparent, cause)
      this.#intake.take(instance, input, { form: 'wire', json, cause, traceparent, ask: undefined }, { reply })
      return id
    }
    if (!isRepeat(seen, type, json)) {
      const what = seen.type === type ? `another ${type}` : `the message ${seen.type}`
      return refuse(problem('idempotency-key-reused', `${id} is the id of ${what}`))
    }
    if (seen.reply === undefined) seen.waiting.push(reply)
    else reply(seen.reply)
    return id
  }

  /** Bytes of a machine that may not grow by what comes from outside any more. */
  #tooLarge(instance: Instance, from: Incoming['from'], type: string, json: unknown): number | undefined {
    if (this.#room === undefined) return undefined
    const method = this.#accepts.get(type)?.method
    if (from === 'outside' && method !== 'GET' && method !== 'DELETE') return this.#room.over(instance, json)
    this.#room.come(instance, json, method === 'DELETE')
    return undefined
  }

  /** What this layer is still about to do because of a message; `isUnder` says which ids follow from that. */
  waits(machine: string, isUnder: (id: string) => boolean): readonly Waits[] {
    const instance = this.#instances.get(machine)
    if (instance === undefined) return []
    const { model } = this.#ports
    const pending = (state: unknown) => model.pending?.(state) ?? []
    const waits = waitsOf({ layer: this.#layer, pending }, instance, this.#now(), isUnder)
    // What is kept shows in the journal only then, and nobody knows before what it follows from.
    if (!this.#commit.isBusy) return waits
    return [...waits, { layer: this.#layer, for: 'storage', id: '', type: '' }]
  }

  /** Why this layer does nothing more on a machine; undefined when it does. */
  stopped(machine: string): string | undefined {
    const instance = this.#instances.get(machine)
    const shown = this.state(machine)
    return shown === undefined ? undefined : (instance?.fault?.detail ?? this.#ports.model.stopped?.(shown.state))
  }

  /** What is still under way, on all machines or on one; undefined when there is no such machine. */
  quiescence(): Quiescence
  quiescence(machine: string): Quiescence | undefined
  quiescence(machine?: string): Quiescence | undefined {
    if (machine === undefined) return this.#orKeeping(this.counts())
    const instance = this.#instances.get(machine)
    return instance && this.#orKeeping(quiescenceOf(this.#layer, [instance], this.#now()))
  }

  /** What there is and was, as counted: of what is about to be kept nothing is told. */
  counts(): Quiescence {
    return quiescenceOf(this.#layer, this.#instances.values(), this.#now(), this.#effects)
  }

  /** What is not kept yet has not led to anything yet: until it has, nothing is at rest. */
  #orKeeping(quiet: Quiescence): Quiescence {
    return this.#commit.isBusy ? { ...quiet, sent: quiet.sent + 1 } : quiet
  }

  /** A message with the fields filled in that it leaves to this service. */
  #completed({ type, json, data }: Incoming): Pick<Incoming, 'json' | 'data'> {
    const defaults = this.#ports.defaults?.[type]
    if (defaults === undefined) return { json, data }
    const whole = { ...defaults, ...(json as Fields) }
    const parsed = this.parse(type, whole)
    if (parsed === undefined || 'error' in parsed) throw new Error(`the defaults of ${type} do not fit it`)
    return { json: whole, data: parsed.value }
  }

  #now(): number {
    return (this.#lastTime = Math.max(this.#lastTime, this.#ports.clock.now()))
  }

  /** The trace that an input is part of. */
  #arrived(
    machine: string,
    { id, type, from, time }: Input,
    given: TraceContext | undefined,
    cause: string | undefined
  ): TraceContext | undefined {
    const { traces, arrived } = this.#ports
    if (traces !== true) return undefined
    const context = given ?? ownContext(machine, id)
    arrived?.({ machine, id, type, from, time, context, isOwn: given === undefined, cause })
    return context
  }

  #makeId(instance: Instance): string {
    const id = `${instance.machine}-${this.#layer}-${++instance.made}`
    return instance.seen.has(id) ? this.#makeId(instance) : id
  }

  /** Takes some snapshots that are due, and more in the next turn. */
  #compact(): void {
    const taken = this.#compaction?.turn(this.#now()) ?? 0
    if (taken > 0) this.#commit.later(NOTHING, NOTHING)
  }

  /** Keeps whether a message is a dead letter now, as soon as that can be kept. */
  #keepLetter(instance: Instance, id: string, type: string): void {
    const { store } = this.#ports
    if (!store.durable) return
    if (instance.leaving !== undefined) {
      return void instance.leaving.push(() => this.#keepLetter(instance, id, type))
    }
    const time = this.#now()
    const { machine, letters, dropped } = instance
    const data = letters.get(id) ?? noLetter(dropped)
    store.append({ form: 'letter', machine, id, type, from: this.#layer, cause: undefined, time, data })
    this.#compaction?.kept(instance, time, weightOf(data))
    this.#commit.later(NOTHING, () => void this.#commit.retry(() => this.#keepLetter(instance, id, type)))
  }
}
