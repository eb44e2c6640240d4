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

/** A run as far as its journal has come, entry after entry in causal order. */
export class RunModel {
  readonly entries: WireEntry[] = []
  readonly rows: Row[] = []
  readonly names = new Names()
  /** Place of the first entry that is no preparation; past the end while there is none. */
  bootEnd = Infinity
  /** Place of the fault, where there has been one. */
  faultAt: number | undefined
  readonly #places = new Map<string, number>()
  readonly #effects = new Map<string, number[]>()
  /** Places of the decisions that an entry carries out, by its place; and of what carries a decision out. */
  readonly #carriesOut = new Map<number, number>()
  readonly #carriedOut = new Map<number, number[]>()
  /** Places of the policy's answers, by the cause of their questions: what a VMM does next has that cause too. */
  readonly #decisions = new Map<string, number>()

  constructor(entries: readonly WireEntry[] = []) {
    this.append(entries)
  }

  /** Entries that follow those that are there. */
  append(entries: readonly WireEntry[]): void {
    for (const entry of entries) this.#add(entry)
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
  causesOf({ entry, place }: Row): readonly Row[] {
    const { cause, because = [] } = entry
    const ids = cause === undefined ? because : [cause, ...because]
    const places = [...ids.map((id) => this.#places.get(id)), this.#carriesOut.get(place)]
    return places.flatMap((one) => (one === undefined ? [] : (this.at(one) ?? [])))
  }

  /** What follows from an entry, in order. */
  effectsOf({ entry, place }: Row): readonly Row[] {
    // A refusal has the id of the message that it is about, and leads to nothing.
    const own = entry.kind === 'refusal' ? [] : (this.#effects.get(entry.id) ?? [])
    const places = [...own, ...(this.#carriedOut.get(place) ?? [])]
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
    this.entries.push(entry)
    this.rows.push({ place, entry, ...shape, level })
    this.#decide(entry, place)
    if (entry.kind !== 'refusal') this.#places.set(entry.id, place)
    for (const id of [...(entry.cause === undefined ? [] : [entry.cause]), ...(entry.because ?? [])]) {
      const effects = this.#effects.get(id)
      if (effects === undefined) this.#effects.set(id, [place])
      else effects.push(place)
    }
  }

  /** A VMM asks in the middle of what it does about one input; what it does of itself afterwards is what was decided. */
  #decide({ kind, type, from, cause = '', id }: WireEntry, place: number): void {
    if (kind === 'answer' && type === 'policy.decide') {
      const question = this.byId(cause)?.entry.cause
      if (question !== undefined) this.#decisions.set(question, place)
      return
    }
    const decision = from === 'vmm' && kind !== 'refusal' ? this.#decisions.get(cause) : undefined
    if (decision === undefined || id === cause) return
    this.#carriesOut.set(place, decision)
    const carried = this.#carriedOut.get(decision)
    if (carried === undefined) this.#carriedOut.set(decision, [place])
    else carried.push(place)
  }
}
