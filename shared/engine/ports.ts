import type { Layer } from '../contracts/layer.ts'
import type { MessageType } from '../contracts/message.ts'
import type { AnyModel } from '../model/step.ts'
import type { Draft } from '../trace/entry.ts'
import type { TraceContext } from '../contracts/trace-context.ts'
import type { Transport } from '../transport/transport.ts'
import type { Clock } from './clock.ts'
import type { Codec } from './codec.ts'
import type { Retention } from './retention.ts'
import type { Store } from './store.ts'

/** A message that has come, a timer that has fired, or the start of a machine. */
export interface Arrival {
  readonly machine: string
  readonly id: string
  readonly type: string
  readonly from: Layer | 'outside' | 'timer'
  /** Nanoseconds of the service's clock. */
  readonly time: number
  /** As its sender said it, or what was made where it said none. */
  readonly context: TraceContext
  readonly isOwn: boolean
  readonly cause: string | undefined
}

/** Where entries are written; gives each its place. */
export interface JournalPort {
  append(draft: Draft): number
}

/** The positions of a journal, where they must not change when a restart steps through less than there was. */
export interface Positions {
  /** Newest position that was given. */
  readonly last: number
  /** Positions up to this one count as given. */
  skip(to: number): void
  /** Entries up to a position are not there any more, of a machine, or of some where none is named. */
  lose(to: number, machine?: string): void
  /** A machine is made; one of its name may have been there before. */
  made(machine: string): void
  deleted(machine: string): void
}

/** By message type: fields and their values, as JSON. */
export type Defaults = Readonly<Record<string, Readonly<Record<string, unknown>>>>

/** What an engine is connected to. The same engine runs a layer in one process under virtual time and as a service. */
export interface EnginePorts {
  readonly model: AnyModel
  readonly accepts: readonly MessageType[]
  readonly sends: readonly MessageType[]
  readonly clock: Clock
  readonly store: Store
  readonly transport: Transport
  readonly codec: Codec
  /** Absent: nothing is written down, and runs are fastest. */
  readonly journal: JournalPort | undefined
  /** Absent: the entries of a journal have the positions that they get. */
  readonly positions?: Positions
  /** How much of what was kept is to be stepped through at a restart; default `DEFAULT_RETENTION`. */
  readonly retention?: Retention
  /**
   * Calls `flush` once the present turn is over, so that all that arrives within it is kept and leaves together. Absent:
   * what is taken in takes effect at once.
   */
  readonly gather?: (flush: () => void) => void
  /** A message may come twice: ids are remembered, and a repeat gets the reply of the first. */
  readonly repeats: boolean
  /**
   * Fields that a message of a type has unless it says otherwise. They are filled in before it is kept, so that what became
   * of it stays so when the defaults change.
   */
  readonly defaults?: Defaults | undefined
  /** Messages are part of traces; one that came without a trace begins its own. */
  readonly traces?: boolean
  /** Told of what arrives from elsewhere and of timers, where `traces`. */
  readonly arrived?: (arrival: Arrival) => void
  /** Bytes that the state of one machine may take, about; beyond them nothing of it is taken from outside. Absent: any number. */
  readonly stateBytes?: number | undefined
  /** Told of defects: a model that throws, a store that fails. */
  readonly fault: (error: unknown, what: string) => void
}
