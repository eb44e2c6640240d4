import { Decisions } from '../story/decisions.ts'
import { Causes } from '../trace/causes.ts'
import type { WireEntry } from '../trace/entry.ts'
import { Names } from './names.ts'
import type { Row } from './row.ts'
import { isFault, shapeOf } from './shape.ts'

/** What is asked of a machine before anything happens on it. */
const SET_UP: ReadonlySet<string> = new Set([
  'host.boot',
  'machine.start',
  'memory.map',
  'notification.choose',
  'process.create',
  'process.prctl',
  'routing.set',
  'task.create',
  'vm.create'
])

const identityOf = ({ layer, seq, kind, id }: WireEntry): string => `${layer} ${seq} ${kind} ${id}`

/** A run as far as its journal has come, entry after entry in causal order. */
export class RunModel {
  readonly entries: WireEntry[] = []
  readonly rows: Row[] = []
  readonly names = new Names()
  readonly causes = new Causes()
  readonly decisions = new Decisions()
  /** Place of the first entry that is no preparation; past the end while there is none. */
  bootEnd = Infinity
  /** Place of the fault, where there has been one. */
  faultAt: number | undefined
  readonly #known = new Set<string>()
  readonly #places = new Map<string, number>()
  readonly #effects = new Map<string, number[]>()

  constructor(entries: readonly WireEntry[] = []) {
    this.append(entries)
  }

  /** Entries that follow those that are there. */
  append(entries: readonly WireEntry[]): void {
    for (const entry of entries) this.#add(entry)
  }

  /** Whether an entry has come already: no layer gives a place in its journal twice. */
  has(entry: WireEntry): boolean {
    return this.#known.has(identityOf(entry))
  }

  get length(): number {
    return this.rows.length
  }

  /** The row at a place from 1. */
  at(place: number): Row | undefined {
    return this.rows[place - 1]
  }

  byId(id: string): Row | undefined {
    const place = this.#places.get(id)
    return place === undefined ? undefined : this.at(place)
  }

  /** What an entry follows from, its cause first, the decision that a VMM carries out last. */
  causesOf({ entry }: Row): readonly Row[] {
    const { cause, because = [] } = entry
    const ids = cause === undefined ? because : [cause, ...because]
    const decided = this.decisions.carriedOutBy(entry)
    const rows = [...ids, ...(decided === undefined ? [] : [decided.answer.id])].map((id) => this.byId(id))
    return rows.filter((row) => row !== undefined)
  }

  /** What follows from an entry, in order. */
  effectsOf({ entry }: Row): readonly Row[] {
    // A refusal has the id of the message that it is about, and leads to nothing.
    const own = entry.kind === 'refusal' ? [] : (this.#effects.get(entry.id) ?? [])
    const places = [...own, ...this.decisions.carriersOf(entry).map((at) => at + 1)]
    return places.flatMap((place) => this.at(place) ?? [])
  }

  /** The answer to a question, where there has been one. */
  answerTo(row: Row): Row | undefined {
    return this.effectsOf(row).find(({ entry }) => entry.kind === 'answer' && entry.type === row.entry.type)
  }

  #add(entry: WireEntry): void {
    const place = this.rows.length + 1
    this.names.learn(entry)
    const isAsked = entry.kind === 'message' && entry.from === 'outside'
    if (isAsked && place < this.bootEnd && !SET_UP.has(entry.type)) this.bootEnd = place
    if (this.faultAt === undefined && isFault(entry)) this.faultAt = place
    const shape = shapeOf(entry, this.names)
    // Before the fault nothing is a story, unless somebody has to know of it.
    const isQuiet = this.faultAt === undefined && entry.loud === undefined && !shape.isEnd
    const level = place < this.bootEnd ? 'boot' : isQuiet ? 'detail' : shape.level
    this.#known.add(identityOf(entry))
    this.entries.push(entry)
    this.rows.push({ place, entry, ...shape, level })
    this.causes.learn(entry)
    this.decisions.learn(entry, place - 1)
    if (entry.kind !== 'refusal') this.#places.set(entry.id, place)
    for (const id of [...(entry.cause === undefined ? [] : [entry.cause]), ...(entry.because ?? [])]) {
      const effects = this.#effects.get(id)
      if (effects === undefined) this.#effects.set(id, [place])
      else effects.push(place)
    }
  }
}
