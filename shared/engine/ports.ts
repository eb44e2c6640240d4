import type { MessageType } from '../contracts/message.ts'
import type { AnyModel } from '../model/step.ts'
import type { Draft } from '../trace/entry.ts'
import type { Transport } from '../transport/transport.ts'
import type { Clock } from './clock.ts'
import type { Codec } from './codec.ts'
import type { Store } from './store.ts'

/** Where entries are written; gives each its place. */
export interface JournalPort {
  append(draft: Draft): number
}

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
  /**
   * Calls `flush` once the present turn is over, so that all that arrives within it is kept and leaves together. Absent:
   * what is taken in takes effect at once.
   */
  readonly gather?: (flush: () => void) => void
  /** A message may come twice: ids are remembered, and a repeat gets the reply of the first. */
  readonly repeats: boolean
  /** Told of defects: a model that throws, a store that fails. */
  readonly fault: (error: unknown, what: string) => void
}
