import type { Layer } from '../contracts/layer.ts'
import type { MessageType } from '../contracts/message.ts'
import { wireOf } from '../contracts/codec.ts'
import { wire, type Wire } from '../contracts/validate.ts'
import { Carrier, type How, type Ready } from './effects.ts'
import { laneOf, newCell, remember, type Asked, type Cell, type Reply, type Seen } from './instance.ts'
import type { Clock } from './clock.ts'
import { Commit } from './group-commit.ts'
import { refusalEntry, type Draft } from '../trace/entry.ts'
import type { Journal } from './journal.ts'
import type { Neighbours } from '../transport/transport.ts'
import { Outbox } from './outbox.ts'
import { problem, type ProblemCode } from '../contracts/problem.ts'
import { quiescenceOf, type Quiescence } from './quiescence.ts'
import { answerOf, inputOf, rowOf, startOf } from './stored-input.ts'
import type { Row, Store } from './store.ts'
import type { AnyModel, Effect, Input, Refusal } from '../model/step.ts'

export interface EnginePorts {
  readonly model: AnyModel
  readonly accepts: readonly MessageType[]
  readonly sends: readonly MessageType[]
  readonly clock: Clock
  readonly store: Store
  readonly neighbours: Neighbours
  readonly journal: Journal
  /** Told of defects: a model that throws, a store that fails. */
  readonly fault: (error: unknown, what: string) => void
}

/** A message for this layer, validated: `json` as it came, `data` as the model sees it. */
export interface Incoming {
  readonly machine: string
  /** Absent: the service makes one. */
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
 * carries out what the model asks for.
 */
export class Engine {
  readonly #ports: EnginePorts
  readonly #layer: Layer
  readonly #accepts = new Map<string, Acceptable>()
  readonly #cells = new Map<string, Cell>()
  readonly #outbox: Outbox
  readonly #commit: Commit
  readonly #carrier: Carrier
  #replaying = false
  #lastTime = 0

  constructor(ports: EnginePorts) {
    this.#ports = ports
    this.#layer = ports.model.layer
    this.#commit = new Commit(ports.store, (error) => ports.fault(error, 'nothing can be kept any more'))
    for (const row of ports.accepts) {
      const reply = row.reply === undefined ? undefined : wire(row.reply)
      this.#accepts.set(row.type, { data: wire(row.data), reply })
    }
    this.#outbox = new Outbox({
      ...ports,
      layer: this.#layer,
      answered: (cell, asked, form, json, value) => this.#answered(cell, asked, form, json, value),
      write: (cell, draft) => this.#write(cell, draft)
    })
    this.#carrier = new Carrier({
      layer: this.#layer,
      journal: ports.journal,
      clock: ports.clock,
      outbox: this.#outbox,
      replyTo: (type) => this.#accepts.get(type)?.reply,
      fire: (cell, { timer: { id, type, data }, traceparent }) =>
        this.#take(
          cell,
          { id, type, from: 'timer', time: this.#now(), data },
          { form: 'wire', json: null, traceparent }
        ),
      fault: ports.fault
    })
  }

  /** Brings back what the store has kept, makes the machines that are not there yet, and lets everything run. */
  start(machines: readonly string[]): void {
    this.#replaying = this.#carrier.replaying = true
    for (const { machine, to, count } of this.#ports.store.delivered())
      laneOf(this.#make(machine), to).delivered = count
    for (const row of this.#ports.store.rows()) this.#replay(row)
    this.#replaying = this.#carrier.replaying = false
    for (const cell of this.#cells.values()) this.#carrier.resume(cell)
    for (const machine of machines) this.create(machine, () => undefined)
  }

  /** Stops timers and waits for nothing; what is pending is made durable first. */
  close(): void {
    this.#commit.flush()
    for (const cell of this.#cells.values()) {
      for (const armed of cell.timers.values()) armed.stop?.()
      for (const asked of cell.asked.values()) asked.stop?.()
    }
    this.#ports.store.close()
  }

  machines(): readonly string[] {
    return [...this.#cells.keys()]
  }

  /** The state of a machine, or undefined. Boxed, since a state may be anything. */
  state(machine: string): { readonly state: unknown } | undefined {
    return this.#cells.get(machine)
  }

  /** Makes a machine. `done` is told whether it was new, when that cannot be lost any more. */
  create(machine: string, done: (created: boolean) => void): void {
    if (this.#cells.has(machine)) return this.#commit.later(() => done(false))
    const start = startOf(this.#layer, machine, this.#now())
    this.#take(this.#make(machine), start, { form: 'wire', json: {} }, () => done(true))
  }

  /** False once nothing can be kept any more. */
  healthy(): boolean {
    return !this.#commit.failed
  }

  /** Validates the data of a message type that this layer accepts; undefined for another type. */
  parse(type: string, json: unknown): ReturnType<Wire['parse']> | undefined {
    return this.#accepts.get(type)?.data.parse(json)
  }

  /** Offers a message to its machine. `reply` is called once, as soon as it is certain. */
  accept(message: Incoming, reply: (reply: Reply) => void): void {
    const { machine, type, from, data } = message
    const refuse = (code: ProblemCode, detail: string) => reply({ kind: 'refused', problem: problem(code, detail) })
    if (this.#commit.failed) return refuse('storage-failed', 'nothing can be kept any more')
    const cell = this.#cells.get(machine)
    if (cell === undefined) return refuse('machine-unknown', `there is no machine ${machine}`)
    const id = message.id ?? this.#makeId(cell)
    const seen = cell.seen.get(id)
    if (seen === undefined) {
      return this.#take(cell, { id, type, from, time: this.#now(), data }, { form: 'wire', ...message }, reply)
    }
    if (seen.input.type !== type) return refuse('idempotency-key-invalid', `${id} is the id of a ${seen.input.type}`)
    if (seen.reply === undefined) seen.waiting.push(reply)
    else reply(seen.reply)
  }

  quiescence(): Quiescence {
    return quiescenceOf([...this.#cells.values()], this.#carrier, this.#now())
  }

  #now(): number {
    return (this.#lastTime = Math.max(this.#lastTime, this.#ports.clock.now()))
  }

  #make(machine: string): Cell {
    let cell = this.#cells.get(machine)
    if (cell === undefined) this.#cells.set(machine, (cell = newCell(machine, this.#ports.model.initial(machine))))
    return cell
  }

  #makeId(cell: Cell): string {
    const id = `${cell.machine}-${this.#layer}-${++cell.made}`
    return cell.seen.has(id) ? this.#makeId(cell) : id
  }

  /** Steps the model with one input. Nobody is told of it, and nothing leaves, before it is kept. */
  #take(cell: Cell, input: Input, how: How, reply?: (reply: Reply) => void): void {
    const taken = this.#step(cell, input)
    if ('refusal' in taken) {
      const { id, type, from } = input
      const { code, detail, field } = taken.refusal
      const refused = { id, type, from, by: this.#layer }
      this.#write(cell, refusalEntry(this.#layer, cell.machine, input.time, refused, taken.refusal))
      if (reply)
        this.#commit.later(() => reply({ kind: 'refused', problem: problem(code, detail, { field, instance: id }) }))
      return
    }
    cell.state = taken.state
    const { id, type, from } = input
    const seen: Seen = { input: { id, type, from }, seq: 0, reply: undefined, waiting: reply ? [reply] : [] }
    remember(cell, seen)
    if (this.#ports.store.durable && !this.#replaying) this.#ports.store.append(rowOf(cell.machine, input, how))
    const publish = () => this.#carrier.publish(cell, seen, input, how, taken.prepared)
    if (this.#replaying) publish()
    else this.#commit.later(publish)
  }

  /** The next state with all that is to leave made ready, or why the input is refused. */
  #step(cell: Cell, input: Input): { state: unknown; prepared: readonly Ready[] } | { refusal: Refusal } {
    try {
      const [state, effects] = this.#ports.model.step(cell.state as never, input)
      for (const effect of effects) {
        if (effect.kind === 'refusal' && (effect.to ?? input.id) === input.id) return { refusal: effect }
      }
      return { state, prepared: effects.map((effect) => this.#prepare(effect)) }
    } catch (error) {
      if (this.#replaying) throw error
      this.#ports.fault(error, `${input.type} ${input.id} of ${cell.machine}`)
      const detail = `${input.type}: ${error instanceof Error ? error.message : String(error)}`
      return { refusal: { kind: 'refusal', code: 'model-fault', detail } }
    }
  }

  #prepare(effect: Effect): Ready {
    const leaves = effect.kind === 'send' || effect.kind === 'ask'
    return leaves ? { effect, out: this.#outbox.prepare(effect) } : { effect, out: undefined }
  }

  #answered(cell: Cell, asked: Asked, form: Row['form'], json: unknown, value: unknown): void {
    const { ask, traceparent } = asked
    if (cell.asked.get(ask.id) !== asked) return
    cell.asked.delete(ask.id)
    this.#take(cell, answerOf(ask, this.#now(), value), { form, json, traceparent, ask })
  }

  #write(cell: Cell, draft: Draft): void {
    const { store, journal } = this.#ports
    if (store.durable) {
      const { machine } = cell
      const { id, type, from, time, cause } = draft
      store.append({
        form: 'entry',
        machine,
        id,
        type,
        from,
        time,
        cause,
        data: { ...draft, data: wireOf(draft.data) }
      })
    }
    this.#commit.later(() => void journal.append(draft))
  }

  /** Does again what a row says was done. */
  #replay(row: Row): void {
    const { form, machine, id, time, data } = row
    this.#lastTime = Math.max(this.#lastTime, time)
    const cell = this.#make(machine)
    const prefix = `${machine}-${this.#layer}-`
    if (id.startsWith(prefix)) cell.made = Math.max(cell.made, Number(id.slice(prefix.length)) || 0)
    if (form === 'entry') return void this.#ports.journal.append(data as Draft)
    const { input, how } = inputOf(row, cell, {
      parse: (type, json) => this.parse(type, json),
      replyOf: (ask, json) => this.#outbox.replyOf(ask, json)
    })
    this.#take(cell, input, how)
  }
}
