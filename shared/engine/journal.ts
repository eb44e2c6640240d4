import type { Draft, Entry } from '../trace/entry.ts'
import type { Layer } from '../contracts/layer.ts'
import type { Under } from '../trace/under.ts'
import { readerOf } from './journal-reader.ts'
import type { JournalReader, Reading } from './journal-reading.ts'
import { LostEntries } from './lost-entries.ts'
import { MachineIndex } from './machine-index.ts'
import { DEFAULT_RETENTION, type Retention } from './retention.ts'
import { weightOf } from './weight.ts'

/** Of so many deleted machines the entries stay, at least. */
const DELETED_KEPT = 16

/** What an entry takes besides its texts and data. */
const ENTRY_BYTES = 300

const weightOfEntry = ({ id, cause, because, data, question }: Draft): number =>
  ENTRY_BYTES + id.length + (cause?.length ?? 0) + weightOf(because) + weightOf(data) + weightOf(question)

/**
 * The journal of a service: append-only, pulled by its readers. A reader holds a place in the journal and no buffer;
 * one that is slow or gone costs nothing. What is beyond the retention is dropped, oldest first, and a reader that had
 * not got to it finds an entry of kind `gap` in its place. Positions are never used twice, and some have no entry: those
 * of inputs that a restart does not step through any more.
 */
export class Journal {
  readonly layer: Layer
  readonly #retention: Retention
  /** The kept entries by their positions, from `#start` on; what is dropped leaves the array now and then. */
  #entries: (Entry | undefined)[] = []
  #weights: number[] = []
  #start = 0
  #bytes = 0
  #last = 0
  readonly #lost = new LostEntries()
  readonly #index = new MachineIndex()
  /** Machines that were deleted and may still have entries here, each with the newest position it can have. */
  readonly #deleted = new Map<string, number>()
  #waiting = new Set<() => void>()
  #closed = false

  constructor(layer: Layer, retention: Partial<Retention> = {}) {
    this.layer = layer
    this.#retention = { ...DEFAULT_RETENTION, ...retention }
  }

  /** Position of the newest entry, 0 when there is none. */
  get last(): number {
    return this.#last
  }

  /** Position of the oldest entry that is kept; the next one's when none is. */
  get first(): number {
    return this.#entries[this.#start]?.seq ?? this.#last + 1
  }

  /** About how many bytes the kept entries take. */
  get bytes(): number {
    return this.#bytes
  }

  /** How many entries are kept. */
  get size(): number {
    return this.#entries.length - this.#start
  }

  append(draft: Draft): number {
    const seq = ++this.#last
    draft.seq = seq
    const weight = weightOfEntry(draft)
    this.#entries.push(draft)
    this.#index.add(draft)
    this.#weights.push(weight)
    this.#bytes += weight
    this.#retain(draft.time)
    if (this.#waiting.size > 0) this.#wake()
    return seq
  }

  /** Positions up to this one count as used. */
  skip(to: number): void {
    if (to > this.#last) this.#last = to
  }

  /** Entries of a machine up to this position are not here, or of all where none is named. */
  lose(to: number, machine?: string): void {
    if (machine === undefined) this.#lost.loseAny(to)
    else this.#lost.lose(machine, to)
  }

  /** The newest position whose entry is gone, of a machine or of all; 0 when all are there. */
  lostUntil(machine?: string): number {
    return this.#lost.until(machine)
  }

  /**
   * A machine was deleted. Its entries can be read for a while, by those that read on as they come: until some more have
   * been deleted, or one of its name is made.
   */
  deleted(machine: string): void {
    this.#lost.forget(machine)
    this.#deleted.set(machine, this.#last)
    this.#wake()
    if (this.#deleted.size < 2 * DELETED_KEPT) return
    this.#forget(new Set([...this.#deleted.keys()].slice(0, -DELETED_KEPT)))
  }

  /** A machine is made. What is left of a deleted one of its name goes: it would be taken for this one's. */
  made(machine: string): void {
    if (this.#deleted.has(machine)) this.#forget(new Set([machine]))
  }

  /** Drops what there is of deleted machines. */
  #forget(machines: ReadonlySet<string>): void {
    for (const machine of machines) {
      this.#deleted.delete(machine)
      this.#index.forget(machine)
      this.#lost.forget(machine)
    }
    const isGone = (entry: Entry | undefined) => entry !== undefined && machines.has(entry.machine)
    this.#lost.loseAny(this.#entries.findLast(isGone)?.seq ?? 0)
    const isLeft = this.#entries.map((entry) => entry !== undefined && !isGone(entry))
    this.#entries = this.#entries.filter((_, at) => isLeft[at])
    this.#weights = this.#weights.filter((_, at) => isLeft[at])
    this.#bytes = this.#weights.reduce((sum, weight) => sum + weight, 0)
    this.#start = 0
  }

  /** The entry at a position, or undefined if it is not there (any more). */
  at(seq: number): Entry | undefined {
    const entry = this.#entries[this.#indexFrom(seq)]
    return entry?.seq === seq ? entry : undefined
  }

  get closed(): boolean {
    return this.#closed
  }

  /** Ends all followers. */
  close(): void {
    this.#closed = true
    this.#wake()
  }

  /**
   * Reads on from a place, as `readerOf` says. Of some machines it costs what those have, whatever else is here.
   */
  reader(reading: Reading, line?: (entry: Entry) => string): JournalReader {
    return readerOf(this, reading, line)
  }

  /** The oldest entry that is kept at or behind a position, of all or of these machines. */
  next(seq: number, machines: readonly string[] | undefined): Entry | undefined {
    return machines === undefined ? this.#entries[this.#indexFrom(seq)] : this.#index.next(machines, seq)
  }

  /** The entries of a machine that follow from a message, as `under` finds them, up to so many, from a position on. */
  following(machine: string, under: Under, limit: number, from = 0): readonly Entry[] {
    const found: Entry[] = []
    for (const entry of this.#index.from(machine, Math.max(from, this.first))) {
      if (found.length >= limit) break
      if (under.take(entry)) found.push(entry)
    }
    return found
  }

  /** Calls `wake` once, when there is more to read, a machine is deleted or the journal closes; the function returned stops that. */
  onMore(wake: () => void): () => void {
    this.#waiting.add(wake)
    return () => void this.#waiting.delete(wake)
  }

  /** Index of the first kept entry at or behind a position. */
  #indexFrom(seq: number): number {
    // Where no position is without its entry it is known; otherwise it is looked for, no further than so many below.
    let high = Math.min(this.#entries.length, this.#start + Math.max(0, seq - this.first))
    let low = this.#start
    if ((this.#entries[high]?.seq ?? this.#last + 1) === seq) return high
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#entries[middle] as Entry).seq < seq) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Drops what is too old by now; otherwise that happens when the next entry comes. */
  expire(now: number): void {
    while (this.size > 0 && this.#isOld(now)) this.#dropOldest()
  }

  /** Drops what is beyond the retention; the newest entry stays in any case. */
  #retain(now: number): void {
    const { entries, bytes } = this.#retention
    while (this.size > 1 && (this.size > entries || this.#bytes > bytes || this.#isOld(now))) this.#dropOldest()
  }

  #isOld(now: number): boolean {
    return (this.#entries[this.#start] as Entry).time < now - this.#retention.ageNs
  }

  #dropOldest(): void {
    const { machine, seq } = this.#entries[this.#start] as Entry
    this.#bytes -= this.#weights[this.#start] as number
    this.#entries[this.#start++] = undefined
    this.#index.dropOldest(machine)
    this.#lost.lose(machine, seq)
    this.#tidy()
  }

  #tidy(): void {
    if (this.#start < 1024 || this.#start * 2 < this.#entries.length) return
    this.#entries = this.#entries.slice(this.#start)
    this.#weights = this.#weights.slice(this.#start)
    this.#start = 0
    for (const [machine, last] of this.#deleted) {
      if (last >= this.first) break
      this.#deleted.delete(machine)
      this.#lost.forget(machine)
    }
  }

  #wake(): void {
    const waiting = this.#waiting
    this.#waiting = new Set()
    for (const wake of waiting) wake()
  }
}
