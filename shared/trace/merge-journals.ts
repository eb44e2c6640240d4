import type { WireEntry } from './entry.ts'

/**
 * Journals of several services as one. The rule: each journal keeps its own order, an entry comes after its cause, and of
 * the entries that could be next the earliest by the clock is (of those at one time by id, in which numbers count; of
 * those with one id by the journal's place among the journals). Where all wait for each other the clock alone decides. A
 * cause that no journal has is not waited for. A message that its sender and its receiver kept counts as the receiver
 * has it.
 */
export function mergeJournals(journals: readonly (readonly WireEntry[])[]): readonly WireEntry[] {
  const merger = new JournalMerger(journals.length, { remembered: Infinity })
  for (const [index, journal] of journals.entries()) {
    for (const entry of journal) merger.push(index, entry)
    merger.end(index)
  }
  const merged: WireEntry[] = []
  for (let next = merger.next(); next !== undefined; next = merger.next()) merged.push(next)
  return merged
}

/** A cause comes shortly before its effects, so of journals without an end older ids need not be remembered. */
const REMEMBERED = 50_000

export interface MergerOptions<Entry> {
  /** So many ids are remembered of what has left. */
  readonly remembered?: number
  /** The journals lack entries, so that a cause that is not there is not waited for. */
  readonly isSifted?: boolean
  /** Told of each entry that leaves its journal, by the journal's place, also of one that is there twice and is not given. */
  readonly taken?: ((journal: number, entry: Entry) => void) | undefined
}

/**
 * Merges journals by the same rule while they grow. An entry leaves once nothing that is still to come can belong before
 * it: every other journal has shown how it goes on, and the cause has left or is seen to wait. Whoever does not want
 * to wait for that any longer releases what is there; it leaves as if nothing more came.
 */
export class JournalMerger<Entry extends WireEntry = WireEntry> {
  readonly #journals: readonly Queue<Entry>[]
  readonly #isSifted: boolean
  readonly #taken: MergerOptions<Entry>['taken']
  /** Ids of the entries that have not left, and how many have each. */
  readonly #waiting = new Map<string, number>()
  readonly #left: RecentIds
  /** Messages that a receiver's journal has. */
  readonly #received: RecentIds
  /** Messages that left as their sender has them. */
  readonly #leftAsSent: RecentIds
  readonly #open: Set<number>
  #pushed = 0
  #released = 0

  constructor(journals: number, { remembered = REMEMBERED, isSifted = false, taken }: MergerOptions<Entry> = {}) {
    this.#isSifted = isSifted
    this.#taken = taken
    this.#journals = Array.from({ length: journals }, (_, place) => new Queue<Entry>(place))
    this.#open = new Set(this.#journals.keys())
    this.#left = new RecentIds(remembered)
    this.#received = new RecentIds(remembered)
    this.#leftAsSent = new RecentIds(remembered)
  }

  /** The next entry of a journal, by the journal's place. */
  push(journal: number, entry: Entry): void {
    if (isReceived(entry)) this.#received.add(entry.id)
    this.#waiting.set(entry.id, (this.#waiting.get(entry.id) ?? 0) + 1)
    this.#journals[journal]?.add({ entry, arrival: ++this.#pushed })
  }

  /** Nothing more comes from a journal. */
  end(journal: number): void {
    this.#open.delete(journal)
  }

  /** How many entries were pushed so far. */
  get pushed(): number {
    return this.#pushed
  }

  /** How many entries have not left; of one journal, or of all. */
  waiting(journal?: number): number {
    const counted = journal === undefined ? this.#journals : this.#journals.slice(journal, journal + 1)
    return counted.reduce((sum, { length }) => sum + length, 0)
  }

  /** The first so many entries that were pushed, by default all, no longer wait for what has not been pushed. */
  release(first = this.#pushed): void {
    this.#released = first
  }

  /** Takes the entry that is next; undefined while it is not certain which, and when there is none. */
  next(): Entry | undefined {
    this.#dropDoubles()
    const heads = this.#journals.flatMap((journal) =>
      journal.head === undefined ? [] : [{ ...journal.head, journal }]
    )
    const mayGuess = this.#open.size === 0 || heads.some(({ arrival }) => arrival <= this.#released)
    // A silent journal may go on with any entry; a message that its sender kept may be in its receiver's still.
    const isSilent = [...this.#open].some((index) => this.#journals[index]?.head === undefined)
    if (!mayGuess && (isSilent || heads.some(({ entry }) => isSent(entry)))) return undefined

    const unknown = heads.filter(({ entry }) => !this.#isReady(entry) && !this.#isBlocked(entry))
    const ready = heads.filter(({ entry }) => this.#isReady(entry) || (mayGuess && !this.#isBlocked(entry)))
    const first = earliestOf(ready.length > 0 || (unknown.length > 0 && !mayGuess) ? ready : heads)
    if (first === undefined) return undefined
    if (!mayGuess && unknown.some(({ entry }) => !isEarlier(first.entry, entry))) return undefined

    this.#take(first.journal)
    this.#left.add(first.entry.id)
    if (isSent(first.entry)) this.#leftAsSent.add(first.entry.id)
    // Before anyone asks how far the journals have been read: a double that is next is behind them too.
    this.#dropDoubles()
    return first.entry
  }

  #isReady = ({ cause }: WireEntry) =>
    cause === undefined || this.#left.has(cause) || (this.#isSifted && !this.#waiting.has(cause))
  /** Its cause is there, and has not left. */
  #isBlocked = (entry: WireEntry) => !this.#isReady(entry) && this.#waiting.has(entry.cause ?? '')

  #dropDoubles(): void {
    for (const journal of this.#journals) this.#dropDoublesOf(journal)
  }

  #dropDoublesOf(journal: Queue<Entry>): void {
    for (let head = journal.head; head !== undefined; head = journal.head) {
      const { entry } = head
      const isDouble =
        (isSent(entry) && this.#received.has(entry.id)) || (isReceived(entry) && this.#leftAsSent.has(entry.id))
      if (!isDouble) return
      this.#take(journal)
    }
  }

  #take(journal: Queue<Entry>): void {
    const entry = journal.shift()?.entry
    if (entry === undefined) return
    const { id } = entry
    const others = (this.#waiting.get(id) ?? 1) - 1
    if (others > 0) this.#waiting.set(id, others)
    else this.#waiting.delete(id)
    this.#taken?.(journal.place, entry)
  }
}

const isReceived = ({ kind, layer, to }: WireEntry) => kind === 'message' && layer === to
/** Kept by its sender. */
const isSent = ({ kind, layer, to }: WireEntry) => kind === 'message' && layer !== to

/** Ids end in numbers, which count: what one input has led to is in the order of its effects. */
const natural = new Intl.Collator('en', { numeric: true })
const isEarlier = (a: WireEntry, b: WireEntry) =>
  a.time < b.time || (a.time === b.time && natural.compare(a.id, b.id) < 0)

function earliestOf<Head extends Arrived<WireEntry>>(heads: readonly Head[]): Head | undefined {
  return heads.reduce<Head | undefined>(
    (first, head) => (first === undefined || isEarlier(head.entry, first.entry) ? head : first),
    undefined
  )
}

interface Arrived<Entry> {
  readonly entry: Entry
  /** Its place among all that was pushed. */
  readonly arrival: number
}

/** Entries of one journal, first in, first out. */
class Queue<Entry> {
  /** Which journal it is. */
  readonly place: number
  #entries: Arrived<Entry>[] = []
  /** Those before this have left already, and leave the array now and then. */
  #start = 0

  constructor(place: number) {
    this.place = place
  }

  get length(): number {
    return this.#entries.length - this.#start
  }

  get head(): Arrived<Entry> | undefined {
    return this.#entries[this.#start]
  }

  add(arrived: Arrived<Entry>): void {
    this.#entries.push(arrived)
  }

  shift(): Arrived<Entry> | undefined {
    const { head } = this
    if (head === undefined) return undefined
    this.#start++
    if (this.#start >= 1024 && this.#start * 2 > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#start)
      this.#start = 0
    }
    return head
  }
}

/** At least so many of the ids that were added last. */
class RecentIds {
  readonly #atLeast: number
  #now = new Set<string>()
  #before = new Set<string>()

  constructor(atLeast: number) {
    this.#atLeast = atLeast
  }

  has(id: string): boolean {
    return this.#now.has(id) || this.#before.has(id)
  }

  add(id: string): void {
    if (this.#now.size >= this.#atLeast) [this.#before, this.#now] = [this.#now, new Set()]
    this.#now.add(id)
  }
}
