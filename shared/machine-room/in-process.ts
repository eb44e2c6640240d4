import type { Became, Waits } from '../contracts/became.ts'
import { LAYERS, type Layer } from '../contracts/layer.ts'
import { ACCEPTS } from '../contracts/registry.ts'
import { virtualClock } from '../engine/clock.ts'
import { checkingCodec, identityCodec } from '../engine/codec.ts'
import { Engine } from '../engine/engine.ts'
import { memoryStore } from '../engine/store.ts'
import type { AnyModel } from '../model/step.ts'
import type { Draft, Entry } from '../trace/entry.ts'
import { becameIn } from './became-in.ts'
import { Elsewhere } from './elsewhere.ts'
import { receiverOf, withoutWaiting } from './hand-on.ts'
import { RoomLetters } from './letters.ts'
import { refusedBy } from './refused-by.ts'
import type { Addressed, DueTimer, Posted, PostOptions, RefusedInput, RoomOptions } from './room-options.ts'
import { Queue, type Receiver } from '../transport/queue.ts'
import type { Outgoing, Reply } from '../transport/transport.ts'

const DEFAULT_MAX_STEPS = 1e6

/**
 * All layers in one process under virtual time: the engine of every service, one FIFO queue for a network, hops without
 * latency, timers by time and then by order of setting.
 * Throws at once when a layer sends what its receiver does not know, or has a defect.
 */
export class MachineRoom {
  readonly #engines = new Map<Layer, Engine>()
  /** What was refused or given up, until somebody decides. */
  readonly letters = new RoomLetters(this.#engines)
  readonly #receivers = new Map<Layer, Receiver>()
  readonly #clock = virtualClock()
  readonly #options: RoomOptions
  readonly #queue: Queue
  readonly #entries: Entry[] = []
  readonly #refusals: RefusedInput[] = []
  readonly #machines = new Set<string>()
  readonly #elsewhere: Elsewhere | undefined

  constructor(models: readonly AnyModel[], options: RoomOptions = {}) {
    this.#options = options
    const { outside, validate = false } = options
    this.#elsewhere = outside && new Elsewhere(outside, validate)
    const accepts = options.accepts ?? ACCEPTS
    const sends = Object.values(accepts).flat()
    this.#queue = new Queue({
      receiverOf: (layer) => this.#receivers.get(layer),
      maxSteps: options.maxSteps ?? DEFAULT_MAX_STEPS,
      absent: (message, done) => this.#absent(message, done),
      elsewhere: (message, done) => this.#askElsewhere(message, done)
    })
    const clock = {
      ...this.#clock,
      setTimer: (ns: number, fire: () => void) => this.#clock.setTimer(ns, () => (fire(), this.settle()))
    }
    for (const model of models.toSorted((a, b) => LAYERS.indexOf(a.layer) - LAYERS.indexOf(b.layer))) {
      const engine = new Engine({
        model,
        accepts: accepts[model.layer] ?? [],
        sends,
        clock,
        store: memoryStore(0),
        transport: options.live === false ? withoutWaiting(this.#queue) : this.#queue,
        codec: validate ? checkingCodec : identityCodec,
        journal: options.journal === false ? undefined : { append: (draft) => this.#append(draft) },
        repeats: false,
        fault: (error) => {
          throw error
        }
      })
      this.#engines.set(model.layer, engine)
      this.#receivers.set(model.layer, receiverOf(model.layer, engine))
    }
    for (const machine of options.machines ?? ['m0']) this.create(machine)
  }

  /** Nanoseconds since the room was made. */
  get now(): number {
    return this.#clock.now()
  }

  /** Makes a machine on every layer; nothing if it exists. Its start is settled. */
  create(machine: string): void {
    if (this.#machines.has(machine)) return
    this.#machines.add(machine)
    for (const engine of this.#engines.values()) this.#queue.later(() => engine.create(machine, () => undefined))
    this.settle()
  }

  /**
   * Makes a machine that is where another one is, in a few microseconds: it shares all that the other one has come to. Its
   * own ids begin with its own name. Throws when the other one is unknown or still busy, or this one exists.
   */
  fork(template: string, machine: string): void {
    if (!this.#machines.has(template)) throw noMachine(template)
    for (const engine of this.#engines.values()) engine.fork(template, machine)
    this.#machines.add(machine)
  }

  /** Forgets a machine and all that it has come to; its entries stay in the journal. Throws when it is still busy. */
  forget(machine: string): void {
    for (const engine of this.#engines.values()) engine.forget(machine)
    this.#machines.delete(machine)
  }

  /** Hands a message to a layer, as `from` (default outside), and runs up to and including its receipt. */
  post(machine: string, message: Addressed, data: unknown, options: PostOptions = {}): Posted {
    const offered = this.#offer(machine, message, data, options)
    this.#queue.flush()
    const { reply } = offered
    return reply?.kind === 'refused' ? { id: offered.id, refusal: reply.problem } : { id: offered.id }
  }

  /** Posts a question from outside, settles and returns the answer. Throws ProblemError when it was refused. */
  ask(machine: string, question: Addressed, data: unknown): unknown {
    const asked = this.#offer(machine, question, data)
    this.settle()
    return this.#answer(question, asked)
  }

  /** As `ask`, but waits for services elsewhere. */
  async asked(machine: string, question: Addressed, data: unknown): Promise<unknown> {
    const asked = this.#offer(machine, question, data)
    await this.settled()
    return this.#answer(question, asked)
  }

  /** Runs until nothing is left to deliver in this process. */
  settle(): void {
    this.#queue.run()
  }

  /** Settles, and waits for services elsewhere while virtual time stands still. */
  async settled(): Promise<void> {
    this.settle()
    while (this.#elsewhere !== undefined && this.#elsewhere.out > 0) {
      await this.#elsewhere.next()
      this.settle()
    }
  }

  /** Settles, then moves time on, firing timers in order and settling after each. */
  advance(ns: number): void {
    this.settle()
    this.#clock.advance(ns)
  }

  /** As `advance`, but waits for services elsewhere after each timer. */
  async advanced(ns: number): Promise<void> {
    await this.settled()
    const until = this.now + ns
    for (let next = this.nextTimer(); next !== undefined && this.now + next <= until; next = this.nextTimer()) {
      this.#clock.advance(next)
      await this.settled()
    }
    this.#clock.advance(until - this.now)
  }

  /** Nanoseconds until the next timer, or undefined. */
  nextTimer(): number | undefined {
    return this.#clock.nextTimer()
  }

  /** The timers of a machine that are set, on whatever layer. */
  timers(machine: string): readonly DueTimer[] {
    return [...this.#engines.values()]
      .flatMap((engine) => engine.standing.quiescence().timers)
      .filter((timer) => timer.machine === machine)
  }

  /** What is under way on a machine, and what was given up. */
  waits(machine: string): readonly Waits[] {
    return [...this.#engines.values()].flatMap((engine) => engine.standing.quiescence(machine)?.waits ?? [])
  }

  /** A layer's state for a machine (default m0). Throws if there is none. */
  state(layer: Layer, machine = 'm0'): unknown {
    const instance = this.#engine(layer).state(machine)
    if (instance === undefined) throw noMachine(machine)
    return instance.state
  }

  /** What became of a message so far; undefined when there was none with this id. */
  became(machine: string, id: string): Became | undefined {
    return becameIn({ machine, entries: this.#entries, engines: this.#engines }, id)
  }

  /** Everything so far, in order, over all layers and machines. */
  journal(): readonly Entry[] {
    return this.#entries
  }

  refusals(): readonly RefusedInput[] {
    return this.#refusals
  }

  #engine(layer: Layer): Engine {
    const engine = this.#engines.get(layer)
    if (engine === undefined) throw new Error(`there is no ${layer} in this room`)
    return engine
  }

  #append(draft: Draft): number {
    if (draft.kind === 'refusal') {
      const { machine, to, id, type, data } = draft
      this.#refusals.push({ machine, layer: to as Layer, id, type, refusal: data as RefusedInput['refusal'] })
    }
    draft.seq = this.#entries.length + 1
    return this.#entries.push(draft)
  }

  /** Puts a message from outside into the queue, in the form in which layers hand theirs on. */
  #offer(machine: string, { to, type }: Addressed, data: unknown, { id, from = 'outside' }: PostOptions = {}): Offered {
    if (!this.#machines.has(machine)) throw noMachine(machine)
    const engine = this.#engine(to)
    const form = engine.accepted.formOf(type)
    if (form === undefined) throw new Error(`${to} accepts no message of type ${type}`)
    const json = form.encode(data)
    const parsed = form.parse(json)
    if ('error' in parsed) throw new Error(`${type} to ${to}: ${parsed.error.detail}`)
    const offered: Offered = { id: '', reply: undefined }
    this.#queue.later(() => {
      const message = { machine, id, type, from, json, data: parsed.value }
      offered.id = engine.accept(message, (reply) => (offered.reply = reply))
    })
    return offered
  }

  /** The answer to a question from outside. */
  #answer({ to, type }: Addressed, { id, reply }: Offered): unknown {
    if (reply?.kind === 'refused') throw refusedBy({ to, type }, reply.problem)
    const parsed =
      reply?.kind === 'answered' ? this.#engine(to).accepted.replyFormOf(type)?.parse(reply.answer) : undefined
    if (parsed === undefined || 'error' in parsed) throw new Error(`${to} did not answer ${type} (${id})`)
    return parsed.value
  }

  #absent({ from, message }: Outgoing, done: (reply: Reply) => void): void {
    if (this.#options.absent !== 'silent') {
      throw new Error(`${from} sends ${message.type}, but there is no ${message.to}`)
    }
    if (message.reply === undefined) done({ kind: 'accepted', journalled: false, id: '', seq: 0 })
  }

  #askElsewhere(question: Outgoing, done: (reply: Reply) => void): () => void {
    if (this.#elsewhere !== undefined) {
      return this.#elsewhere.ask(question, (reply) => this.#queue.later(() => done(reply)))
    }
    const { message, at, from } = question
    throw new Error(`${from} asks ${message.type} at ${at}, and this room was not told how to reach it (outside)`)
  }
}

/** A message from outside: its id once that is known, and what became of it. */
interface Offered {
  id: string
  reply: Reply | undefined
}

const noMachine = (machine: string) => new Error(`there is no machine ${machine} in this room`)
