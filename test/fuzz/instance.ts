import type { DeadLetter } from '../../shared/contracts/dead-letter.ts'
import type { Layer } from '../../shared/contracts/layer.ts'
import type { Problem } from '../../shared/contracts/problem.ts'
import { ACCEPTS } from '../../shared/contracts/registry.ts'
import type { Clock } from '../../shared/engine/clock.ts'
import { jsonCodec } from '../../shared/engine/codec.ts'
import { Engine } from '../../shared/engine/engine.ts'
import type { EnginePorts } from '../../shared/engine/ports.ts'
import type { Quiescence } from '../../shared/engine/quiescence.ts'
import { DEFAULT_RETENTION } from '../../shared/engine/retention.ts'
import type { Store } from '../../shared/engine/store.ts'
import type { AnyModel } from '../../shared/model/step.ts'
import type { Inbox } from '../../shared/service/link-receiver.ts'
import type { Draft, Entry } from '../../shared/trace/entry.ts'
import type { Reply } from '../../shared/transport/transport.ts'
import { DiskFull, type Disk } from './disk.ts'
import { TURN_NS, type Network, type Serving } from './network.ts'
import type { Plant } from './plant.ts'
import { PositionsOnly } from './positions.ts'
import type { Time } from './time.ts'
import { transportOf, type Way } from './ways.ts'

const SENDS = Object.values(ACCEPTS).flat()
/** As in `sqliteStore`. */
const MARKS_NS = 100e6

const DONE = { kind: 'accepted', journalled: true, id: '', seq: 0 } as const

/** What an instance does at which it may crash: before, or right after. */
export type Moment = 'kept in memory' | 'before flush' | 'flushed' | 'journalled' | 'sending' | 'replying'

export interface InstancePorts {
  readonly model: AnyModel
  readonly disk: Disk
  readonly time: Time
  readonly network: Network
  readonly way: Way
  readonly plant: Plant
  /** Inputs that it keeps before it takes a snapshot in place of them. */
  readonly history: number | undefined
  readonly moment: (instance: Instance, what: Moment, id: string) => void
  /** It is about to write to its disk. */
  readonly flushes: (instance: Instance) => void
  readonly appended: (instance: Instance, entry: Entry) => void
  readonly accepted: (layer: Layer, id: string) => void
  readonly defect: (error: unknown, what: string) => void
}

/** One process that serves a layer, from its start to its crash. When it has died nothing leaves it any more. */
export class Instance implements Serving {
  readonly layer: Layer
  /** Where its journal has come to, and what of it is gone. */
  readonly positions = new PositionsOnly()
  readonly inbox: Inbox
  /** It has read back what was kept, and serves. */
  isReady = false
  readonly #ports: InstancePorts
  readonly #engine: Engine
  #isAlive = true
  #onDeath: (() => void)[] = []

  constructor(ports: InstancePorts) {
    const { model, time, plant, history } = ports
    this.#ports = ports
    this.layer = model.layer
    const setTimer: Clock['setTimer'] = (ns, fire) => time.clock.setTimer(ns, () => this.#isAlive && fire())
    const later: Time['later'] = (ns, happen) => time.later(ns, () => this.#isAlive && happen())
    const engine: EnginePorts = {
      model,
      accepts: ACCEPTS[this.layer],
      sends: SENDS,
      codec: jsonCodec,
      clock: { ...time.clock, setTimer },
      store: this.#store(),
      transport: transportOf(this, { setTimer, later }, ports, (id) => this.#moment('sending', id)),
      journal: { append: (draft) => this.#append(draft) },
      positions: this.positions,
      ...(history === undefined ? {} : { retention: { ...DEFAULT_RETENTION, entries: history } }),
      gather: (flush) => later(TURN_NS, flush),
      repeats: true,
      fault: (error, what) => this.fault(error, what)
    }
    const about = { time, isStarting: () => !this.isReady }
    this.#engine = new Engine(plant.engine === undefined ? engine : plant.engine(engine, about))
    this.inbox = {
      parse: (type, json) => this.#engine.parse(type, json),
      accept: (message, reply) => this.#engine.accept(message, this.#replying(message.id ?? '', reply))
    }
  }

  start(): void {
    this.#engine.start([])
    this.isReady = this.#isAlive
  }

  create(machine: string, reply: (reply: Reply) => void): void {
    this.#engine.create(machine, this.#telling(reply))
  }

  delete(machine: string, reply: (reply: Reply) => void): void {
    this.#engine.delete(machine, this.#telling(reply))
  }

  #telling(reply: (reply: Reply) => void): (done: boolean | Problem) => void {
    return (done) => {
      if (!this.#isAlive) return
      reply(typeof done === 'boolean' ? DONE : { kind: 'refused', journalled: false, problem: done })
    }
  }

  isAlive(): boolean {
    return this.#isAlive
  }

  onDeath(told: () => void): void {
    this.#onDeath.push(told)
  }

  die(): void {
    this.#isAlive = this.isReady = false
    const told = this.#onDeath
    this.#onDeath = []
    for (const each of told) each()
  }

  quiescence(): Quiescence {
    return this.#engine.standing.quiescence()
  }

  /** What it says of one machine. */
  quiescenceOf(machine: string): Quiescence | undefined {
    return this.#engine.standing.quiescence(machine)
  }

  deadLetters(): readonly DeadLetter[] {
    return this.#engine.deadLetters.list().letters
  }

  fault(error: unknown, what: string): void {
    // A full disk is no defect of ours.
    if (this.#isAlive && !(error instanceof DiskFull)) this.#ports.defect(error, `${this.layer}: ${what}`)
  }

  #replying(id: string, reply: (reply: Reply) => void): (reply: Reply) => void {
    return (told) => {
      this.#moment('replying', id)
      if (!this.#isAlive) return
      if (told.kind === 'accepted') this.#ports.accepted(this.layer, id)
      reply(told)
    }
  }

  #moment(what: Moment, id: string): void {
    if (this.#isAlive) this.#ports.moment(this, what, id)
  }

  #append(draft: Draft): number {
    const entry: Entry = { ...draft, seq: this.positions.last + 1 }
    if (!this.#isAlive) return entry.seq
    this.positions.skip(entry.seq)
    this.#ports.appended(this, entry)
    this.#moment('journalled', draft.id)
    return entry.seq
  }

  #store(): Store {
    const { disk, time } = this.#ports
    const store = disk.open({
      isAlive: () => this.#isAlive,
      now: () => time.clock.now(),
      later: (flush) => void time.clock.setTimer(MARKS_NS, flush)
    })
    return {
      ...store,
      append: (row) => {
        store.append(row)
        this.#moment('kept in memory', row.id)
      },
      snapshot: (snapshot) => {
        store.snapshot(snapshot)
        this.#moment('kept in memory', `snapshot of ${snapshot.machine}`)
      },
      flush: () => {
        this.#moment('before flush', '')
        this.#ports.flushes(this)
        store.flush()
        this.#moment('flushed', '')
      }
    }
  }
}
