import type { Layer } from '../../shared/contracts/layer.ts'
import { entryLine, type Entry, type WireEntry } from '../../shared/trace/entry.ts'

/** Entries become JSON once, however often they are read. */
const lines = new WeakMap<Entry, string>()
function lineOf(entry: Entry): string {
  let line = lines.get(entry)
  if (line === undefined) lines.set(entry, (line = entryLine(entry)))
  return line
}

/** Watches all journals as they grow, and notes what must never be. */
export class Watch {
  readonly violations: string[] = []
  /** What a reader that was always there has read of each layer, by positions. */
  readonly #read = new Map<Layer, Map<number, Entry>>()
  /** The positions that the present instance of each layer has written. */
  readonly #written = new Map<Layer, Set<number>>()
  readonly #ids = new Set<string>()
  readonly #accepted = new Set<string>()

  /** What was ever read of a layer, in its order. */
  journal(layer: Layer): readonly Entry[] {
    return [...this.#of(layer).values()].toSorted((a, b) => a.seq - b.seq)
  }

  /** An instance begins to read its store back. */
  begun(layer: Layer): void {
    this.#written.set(layer, new Set())
  }

  /** An entry was written. */
  appended(entry: Entry): void {
    const { kind, cause, id, layer, seq } = entry
    const read = this.#of(layer)
    const before = read.get(seq)
    if (before === undefined) read.set(seq, entry)
    else if (lineOf(before) !== lineOf(entry)) {
      this.violations.push(`${layer}: a reader has seen ${before.id} at ${seq}, and it is ${id} now`)
    }
    this.#written.get(layer)?.add(seq)
    if (kind === 'message' && cause !== undefined && !this.#ids.has(cause)) {
      this.violations.push(`${layer} has ${id} before its cause`)
    }
    this.#ids.add(id)
  }

  accepted(layer: Layer, id: string): void {
    this.#accepted.add(`${layer} ${id}`)
  }

  /** An instance has read back its journal; `isGone` says what it does not have any more. */
  started(layer: Layer, isGone: (entry: Entry) => boolean): void {
    const written = this.#written.get(layer)
    for (const [seq, entry] of this.#of(layer)) {
      if (written?.has(seq) === true || isGone(entry)) continue
      this.violations.push(`${layer}: a reader has seen ${entry.id}, and it is not so any more`)
      return
    }
  }

  /** Looks at the journals of all layers when nothing is under way any more. */
  ended(): void {
    const found = new Set<string>()
    for (const [layer, journal] of this.#read) {
      const names = new Set<string>()
      for (const { kind, id, type } of journal.values()) {
        const name = `${kind} ${id} ${type}`
        if (names.has(name)) this.violations.push(`${layer} has ${name} twice`)
        names.add(name)
        if (kind === 'message') found.add(`${layer} ${id}`)
      }
    }
    for (const one of this.#accepted) {
      if (!found.has(one)) this.violations.push(`${one} was accepted, and is lost`)
    }
  }

  #of(layer: Layer): Map<number, Entry> {
    let read = this.#read.get(layer)
    if (read === undefined) this.#read.set(layer, (read = new Map<number, Entry>()))
    return read
  }
}

const read = new WeakMap<Entry, WireEntry>()
/** An entry as whoever reads the journal has it. */
export function wireEntry(entry: Entry): WireEntry {
  let told = read.get(entry)
  if (told === undefined) read.set(entry, (told = JSON.parse(lineOf(entry)) as WireEntry))
  return told
}
