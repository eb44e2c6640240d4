import type { Layer } from '../contracts/layer.ts'
import { ownContext } from '../contracts/trace-context.ts'
import type { Wire } from '../contracts/validate.ts'
import type { Refusal } from '../model/step.ts'
import type { Draft } from '../trace/entry.ts'
import type { Compaction } from './compaction.ts'
import type { DeadLetters } from './dead-letters.ts'
import { HistoryDiffers } from './history-differs.ts'
import { Instance, laneOf } from './instance.ts'
import { remember } from './remembering.ts'
import { refusedReply } from './seen.ts'
import type { Intake } from './intake.ts'
import type { Outbox } from './outbox.ts'
import type { EnginePorts } from './ports.ts'
import { restore } from './snapshot.ts'
import type { Snapshot, StoredInput } from './store.ts'
import { inputOf } from './stored-input.ts'
import { weightOf } from './weight.ts'

const UNPLACED = { seq: 0 }

export interface RestartParts {
  readonly ports: EnginePorts
  readonly instances: Map<string, Instance>
  /** The machine with this name, made if it is not there yet. */
  readonly make: (machine: string) => Instance
  readonly intake: Intake
  readonly outbox: Outbox
  readonly deadLetters: DeadLetters
  /** Absent where nothing is kept. */
  readonly compaction: Compaction | undefined
  readonly parse: (type: string, json: unknown) => ReturnType<Wire['parse']> | undefined
}

/** Brings back what a store has kept: the machines as their snapshots have them, and then what came behind those. */
export class Restart {
  readonly #parts: RestartParts
  readonly #layer: Layer
  /** Nanoseconds of the newest that was read. */
  #time = 0
  /** Highest position of the journal that a snapshot says was given. */
  #highest = 0

  constructor(parts: RestartParts) {
    this.#parts = parts
    this.#layer = parts.ports.model.layer
  }

  /**
   * Reads all, and gives the time of the newest. Nothing leaves meanwhile. Throws when something is not as it was written,
   * or the model does not do again what it did.
   */
  read(): number {
    const { ports, make } = this.#parts
    const { store, positions } = ports
    const marks = Map.groupBy(store.delivered(), ({ machine }) => machine)
    const mark = (instance: Instance) => {
      for (const { to, count } of marks.get(instance.machine) ?? []) laneOf(instance, to).delivered = count
    }
    for (const snapshot of store.snapshots()) {
      this.#restore(snapshot, mark)
      marks.delete(snapshot.machine)
    }
    for (const machine of marks.keys()) mark(make(machine))
    positions?.lose(store.forgotten.lost)
    for (const stored of store.inputs()) this.#replay(stored)
    positions?.skip(Math.max(store.forgotten.last, this.#highest))
    return this.#time
  }

  /** Brings a machine back from its snapshot; what it is when it is new is not asked for. */
  #restore({ machine, place, last, time, text }: Snapshot, mark: (instance: Instance) => void): void {
    const { ports, instances } = this.#parts
    this.#time = Math.max(this.#time, time)
    const instance = new Instance(machine, undefined)
    instances.set(machine, instance)
    mark(instance)
    restore(instance, text)
    instance.behind.snapshot = text.length
    ports.positions?.lose(place, machine)
    this.#highest = Math.max(this.#highest, last)
  }

  /** Does again what a stored input says was done. */
  #replay(stored: StoredInput): void {
    const { form, machine, id, time } = stored
    const { ports, make, intake, outbox, deadLetters, compaction, parse } = this.#parts
    this.#time = Math.max(this.#time, time)
    const instance = make(machine)
    const prefix = `${machine}-${this.#layer}-`
    if (id.startsWith(prefix)) instance.made = Math.max(instance.made, Number(id.slice(prefix.length)) || 0)
    if (form === 'entry') return this.#replayEntry(instance, stored)
    if (form === 'letter') {
      compaction?.kept(instance, time, weightOf(stored.data))
      return deadLetters.replayed(instance, stored)
    }
    try {
      const { input, how } = inputOf(stored, instance, {
        parse,
        replyOf: (ask, json) => outbox.replyOf(ask, json)
      })
      const traceparent = how.traceparent ?? (ports.traces === true ? ownContext(machine, id) : undefined)
      intake.take(instance, input, { ...how, traceparent })
    } catch (error) {
      throw new HistoryDiffers(this.#layer, stored, (error as Error).message, ports.store.origin)
    }
  }

  #replayEntry(instance: Instance, { data: entry, time, place, body }: StoredInput): void {
    const { ports, intake, compaction } = this.#parts
    const draft = entry as Draft
    compaction?.kept(instance, time, weightOf(entry))
    // Of a version that kept entries without a place, too.
    intake.wrote(instance, { ...UNPLACED, ...draft }, place)
    const { kind, id, type, from, to, data } = draft
    if (kind !== 'refusal' || to !== this.#layer || !ports.repeats) return
    const reply = refusedReply(id, data as Refusal)
    remember(instance, { id, type, from, time, body, seq: 0, reply, waiting: [] })
  }
}
