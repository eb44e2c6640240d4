import type { Layer } from '../contracts/layer.ts'
import { problem, type Problem } from '../contracts/problem.ts'
import type { Input } from '../model/step.ts'
import type { TraceContext } from '../contracts/trace-context.ts'
import type { Reply } from '../transport/transport.ts'
import { Accepted, type Incoming } from './accepted.ts'
import { contextOnArrival } from './arriving.ts'
import { Compaction } from './compaction.ts'
import { DeadLetters } from './dead-letters.ts'
import { Effects } from './effects.ts'
import { GroupCommit } from './group-commit.ts'
import type { Instance } from './instance.ts'
import { forgetOld } from './remembering.ts'
import { Intake } from './intake.ts'
import { keepLetter } from './kept-letters.ts'
import { Machines } from './machines.ts'
import { Outbox } from './outbox.ts'
import type { EnginePorts } from './ports.ts'
import { DEFAULT_RETENTION } from './retention.ts'
import { Restart } from './restart.ts'
import { Standing } from './standing.ts'
import { isRepeat } from './stored-input.ts'
import { Room } from './room.ts'

/** Nobody outside may cause more; what comes from other layers has begun already and goes on to its end. */
const backlogOf = (to: Layer, machine: string) =>
  problem('neighbour-backlog', `too many messages of ${machine} wait for ${to}`)

const NOTHING = () => undefined

const fullOf = (machine: string, bytes: number) =>
  problem('machine-full', `the state of ${machine} takes ${bytes} bytes; what reads or deletes is still taken`)

/**
 * Runs one layer's model for any number of machines: takes inputs in once each, keeps them before anyone is told, and
 * carries out what the model asks for. In process and as a service it is the same; only its ports differ.
 */
export class Engine {
  readonly #ports: EnginePorts
  readonly #layer: Layer
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
  /** The message types that this layer accepts. */
  readonly accepted: Accepted
  /** What is under way, what has stopped, and why. */
  readonly standing: Standing
  /** What was sent and given up, until a person decides. */
  readonly deadLetters: DeadLetters
  #lastTime = 0

  constructor(ports: EnginePorts) {
    this.#ports = ports
    this.#layer = ports.model.layer
    const { store, gather, clock: timers, fault: onFailure } = ports
    const now = () => this.#now()
    this.accepted = new Accepted(ports)
    this.#isAtOnce = gather === undefined && !store.durable
    if (ports.stateBytes !== undefined) this.#room = new Room(ports.stateBytes)
    if (store.durable) {
      const { retention = DEFAULT_RETENTION } = ports
      this.#compaction = new Compaction({ store, retention, last: () => this.#intake.last })
    }
    const onRest = this.#compaction && (() => this.#compact())
    this.#commit = new GroupCommit({ store, gather, timers, onFailure, onRest })
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
      keep: (instance, message) =>
        keepLetter({ ports, commit: this.#commit, compaction: this.#compaction, now }, instance, message),
      fault: ports.fault
    })
    this.#effects = new Effects(ports, this.#outbox, {
      replyTo: (type) => this.accepted.replyFormOf(type),
      fired: (instance, armed) => this.#intake.fired(instance, armed)
    })
    this.standing = new Standing({
      ports,
      instances: this.#instances,
      commit: this.#commit,
      effects: this.#effects,
      room: this.#room,
      now,
      stateOf: (machine) => this.state(machine)
    })
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
      arrived: (machine, start, given) => contextOnArrival(ports, start, { machine, given, cause: undefined })
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
      parse: (type, json) => this.accepted.parse(type, json)
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

  /** Validates the data of a message type that this layer accepts; undefined for another type. */
  parse(type: string, json: unknown): ReturnType<Accepted['parse']> {
    return this.accepted.parse(type, json)
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
    const { json, data } = this.accepted.completed(message)
    const id = message.id ?? this.#makeId(instance)
    const seen = this.#ports.repeats ? instance.seen.get(id) : undefined
    if (seen === undefined) {
      const full = from === 'outside' ? this.#ports.transport.fullFor?.(machine) : undefined
      if (full !== undefined) return refuse(backlogOf(full, machine))
      const large = this.#room?.tooLarge(instance, { from, method: this.accepted.methodOf(type), json })
      if (large !== undefined) return refuse(fullOf(machine, large))
      const { cause } = message
      if (from === 'outside' && cause !== undefined) this.#outbox.namedAsCause(instance, cause, message.traceparent)
      const input: Input = { id, type, from, time: this.#now(), data }
      const traceparent = contextOnArrival(this.#ports, input, { machine, given: message.traceparent, cause })
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

  #now(): number {
    return (this.#lastTime = Math.max(this.#lastTime, this.#ports.clock.now()))
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
}
