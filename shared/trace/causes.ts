import type { WireEntry } from './entry.ts'

/** Which entries of a journal follow from which: by their cause, and by what else they name. It learns one after another. */
export class Causes {
  readonly #byId = new Map<string, WireEntry>()

  constructor(journal: readonly WireEntry[] = []) {
    for (const entry of journal) this.learn(entry)
  }

  learn(entry: WireEntry): void {
    // A refusal has the id of the message that it is about, and leads to nothing.
    if (entry.kind !== 'refusal') this.#byId.set(entry.id, entry)
  }

  /** What an entry follows from, the nearest first. */
  ancestors(entry: WireEntry): readonly WireEntry[] {
    const found = new Set<WireEntry>()
    // A set is gone through in the order in which it grew, to its end while it grows.
    for (const parent of this.#parents(entry)) found.add(parent)
    for (const one of found) for (const parent of this.#parents(one)) found.add(parent)
    return [...found]
  }

  #parents({ cause, because = [] }: WireEntry): readonly WireEntry[] {
    const ids = cause === undefined ? because : [cause, ...because]
    return ids.map((id) => this.#byId.get(id)).filter((parent) => parent !== undefined)
  }
}
