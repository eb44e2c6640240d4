import type { Layer } from '../contracts/layer.ts'

/**
 * What a service must not forget: the inputs it has accepted, in order, and how much of what they led to has been
 * delivered. A layer's step is pure, so state, journal, questions and timers all come back by stepping through the
 * inputs again.
 */
export interface Store {
  /** Wall time of the service's nanosecond 0, in ms since 1970. */
  readonly epochMs: number
  /** False when nothing is kept: nobody needs to append or to wait for `flush`. */
  readonly durable: boolean
  /** What it is and who wrote it, for people. */
  readonly origin?: string
  /** All that was appended, in its order. */
  inputs(): Iterable<StoredInput>
  /** Of a machine's sends to a layer, in their order, how many its receiver has accepted. */
  delivered(): Iterable<{ readonly machine: string; readonly to: Layer; readonly count: number }>
  append(input: StoredInput): void
  /** The newest snapshot of each machine. */
  snapshots(): Iterable<Snapshot>
  /** Of the journal: the newest position that was given when rows were last let go, and the newest that those had. */
  readonly forgotten: { readonly last: number; readonly lost: number }
  /** Keeps a snapshot in place of all that was appended of its machine so far. */
  snapshot(snapshot: Snapshot): void
  /** Forgets a machine with all that was appended of it so far. `last` is the newest position of the journal. */
  forget(machine: string, last: number): void
  /** Need not be flushed: a mark that is lost means a repeat, which the receiver drops. */
  markDelivered(machine: string, to: Layer, count: number): void
  /**
   * Makes everything so far survive a crash of the process. Throws when it cannot: then nothing that was appended since the
   * last flush is kept, or ever will be; marks are.
   */
  flush(): void
  /** Writes something that nobody needs. Throws when not even that can be kept. */
  probe?(): void
  /** Something that whoever watches the service should know, though it goes on. */
  trouble?(): string | undefined
  /** What it takes up. */
  size?(): { readonly rows: number; readonly bytes: number }
  close(): void
}

/** What a machine has come to, in place of the inputs that led to it. */
export interface Snapshot {
  readonly machine: string
  /** `SNAPSHOT_FORM` of the engine that took it. */
  readonly form: number
  /** Position of the machine's newest entry in the journal: none up to here comes back. */
  readonly place: number
  /** Newest position of the journal. */
  readonly last: number
  readonly time: number
  /** What `imageOf` said. */
  readonly text: string
}

/**
 * An accepted input, or an entry of the journal that no input gives again. `wire`: `data` is JSON of the type's schema.
 * `fallback`: nobody has answered; the data say why, or nothing where the question has a fallback of its own. `refused`: the answer says that the question was refused.
 * `entry`: `data` is a journal entry. `letter`: `data` is a dead letter, or where it is one no more, `NoLetter`.
 */
export interface StoredInput {
  readonly form: 'wire' | 'fallback' | 'refused' | 'entry' | 'letter'
  readonly machine: string
  readonly id: string
  readonly type: string
  readonly from: Layer | 'outside' | 'timer'
  /** As it came: the cause, then further ones, with spaces between. */
  readonly cause: string | undefined
  readonly time: number
  readonly data: unknown
  /** What a refused message said, as a digest; of an accepted one `data` says it. */
  readonly body?: number | undefined
  /** What the model did upon it, as `effects-text.ts` writes it. */
  readonly effects?: string | undefined
  /** Its place among all, where a store knows that. */
  readonly seq?: number
  /** Position in the journal of the first entry that it led to; absent where positions are not kept. */
  readonly place?: number | undefined
}

/** What is written to a store between two flushes. */
export type Write =
  { readonly row: StoredInput } | { readonly snapshot: Snapshot } | { readonly forget: string; readonly last: number }

/** Forgets everything, at no cost: for runs where nothing has to survive. */
export function memoryStore(epochMs = Date.now()): Store {
  return {
    epochMs,
    durable: false,
    forgotten: { last: 0, lost: 0 },
    inputs: () => [],
    snapshots: () => [],
    delivered: () => [],
    append() {},
    snapshot() {},
    forget() {},
    markDelivered() {},
    flush() {},
    close() {}
  }
}
