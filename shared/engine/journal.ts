import { entryLine, type Draft, type Entry } from '../trace/entry.ts'
import type { Layer } from '../contracts/layer.ts'
import type { Under } from '../trace/under.ts'

/** What a reader wants: entries after a place, of one machine or all. */
export interface Reading {
  /** Entries with a `seq` above this; absent means from the oldest that is kept. */
  readonly after?: number | undefined
  readonly machine?: string | undefined
  /** No more than so many entries. */
  readonly limit?: number | undefined
}

const DEFAULT_RETENTION = 100_000
/** A reader is given this many characters at a time; it comes back for more when those have left. */
const CHUNK = 65_536

/**
 * The journal of a service: append-only, pulled by its readers. A reader holds a place in the journal and no buffer;
 * one that is slow or gone costs nothing. Entries beyond `retention` are dropped, oldest first, and a reader that had
 * not got to them finds an entry of kind `gap` in their place.
 */
export class Journal {
  readonly layer: Layer
  readonly #retention: number
  /** The kept entries; those before `#start` are dropped already and leave the array now and then. */
  #entries: Entry[] = []
  #start = 0
  #last = 0
  #waiting = new Set<() => void>()
  #closed = false

  constructor(layer: Layer, retention = DEFAULT_RETENTION) {
    this.layer = layer
    this.#retention = retention
  }

  /** Position of the newest entry, 0 when there is none. */
  get last(): number {
    return this.#last
  }

  /** Position of the oldest entry that is kept. */
  get first(): number {
    return this.#last - (this.#entries.length - this.#start) + 1
  }

  append(draft: Draft): number {
    const seq = ++this.#last
    draft.seq = seq
    this.#entries.push(draft)
    if (this.#entries.length - this.#start > this.#retention) this.#drop()
    if (this.#waiting.size > 0) this.#wake()
    return seq
  }

  /** The entry at a position, or undefined if it is not there (any more). */
  at(seq: number): Entry | undefined {
    return seq < this.first ? undefined : this.#entries[this.#start + seq - this.first]
  }

  get closed(): boolean {
    return this.#closed
  }

  /** Ends all followers. */
  close(): void {
    this.#closed = true
    this.#wake()
  }

  /** Reads on from a place: each call gives the next lines of NDJSON, '' when there are none for now. */
  reader({ after, machine, limit = Infinity }: Reading): { readonly read: () => string; readonly done: () => boolean } {
    let next = Math.min(after ?? this.first - 1, this.#last) + 1
    let left = limit
    const read = () => {
      let chunk = ''
      if (next < this.first) {
        chunk = `${entryLine(this.#gap(next))}\n`
        next = this.first
      }
      while (next <= this.#last && left > 0 && chunk.length < CHUNK) {
        const entry = this.at(next++)
        if (entry === undefined || (machine !== undefined && entry.machine !== machine)) continue
        chunk += `${entryLine(entry)}\n`
        left--
      }
      return chunk
    }
    return { read, done: () => left <= 0 }
  }

  /** The entries of a machine that follow from a message, as `under` finds them, up to so many. */
  following(machine: string, under: Under, limit: number): readonly Entry[] {
    const found: Entry[] = []
    for (let at = this.#start; at < this.#entries.length && found.length < limit; at++) {
      const entry = this.#entries[at]
      if (entry?.machine === machine && under.take(entry)) found.push(entry)
    }
    return found
  }

  /** Calls `wake` once, when there is more to read or the journal closes; the function returned stops that. */
  onMore(wake: () => void): () => void {
    this.#waiting.add(wake)
    return () => void this.#waiting.delete(wake)
  }

  #gap(next: number): Entry {
    const { first, layer } = this
    const time = this.at(first)?.time ?? 0
    const data = { after: next - 1, dropped: first - next, continues: first }
    const kind = { kind: 'gap', id: `${layer}.gap.${first}`, cause: undefined, type: 'journal.gap' } as const
    return { seq: first - 1, time, machine: '', layer, ...kind, from: layer, to: 'outside', data }
  }

  #drop(): void {
    this.#start++
    if (this.#start < 1024 || this.#start * 2 < this.#entries.length) return
    this.#entries = this.#entries.slice(this.#start)
    this.#start = 0
  }

  #wake(): void {
    const waiting = this.#waiting
    this.#waiting = new Set()
    for (const wake of waiting) wake()
  }
}
