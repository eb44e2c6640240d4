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
  /** What a reader may have seen of each layer, by layers. */
  readonly #seen = new Map<Layer, readonly Entry[]>()
  readonly #ids = new Set<string>()
  readonly #accepted = new Set<string>()

  /** An entry was written. */
  appended(entry: Entry): void {
    const { kind, cause, id, layer } = entry
    if (kind === 'message' && cause !== undefined && !this.#ids.has(cause)) {
      this.violations.push(`${layer} has ${id} before its cause`)
    }
    this.#ids.add(id)
  }

  accepted(layer: Layer, id: string): void {
    this.#accepted.add(`${layer} ${id}`)
  }

  /** The instance that keeps this journal has died. */
  died(layer: Layer, journal: readonly Entry[]): void {
    this.#seen.set(layer, journal)
  }

  /** An instance has read back its journal. */
  started(layer: Layer, journal: readonly Entry[]): void {
    const seen = this.#seen.get(layer) ?? []
    const gone = seen.find((entry, i) => {
      const now = journal[i]
      return now === undefined || lineOf(now) !== lineOf(entry)
    })
    if (gone !== undefined) this.violations.push(`${layer}: a reader has seen ${gone.id}, and it is not so any more`)
  }

  /** Looks at the journals of all layers when nothing is under way any more. */
  ended(journals: Iterable<readonly [Layer, readonly Entry[]]>): void {
    const found = new Set<string>()
    for (const [layer, journal] of journals) {
      const names = new Set<string>()
      for (const { kind, id, type } of journal) {
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
}

const read = new WeakMap<Entry, WireEntry>()
/** An entry as whoever reads the journal has it. */
export function wireEntry(entry: Entry): WireEntry {
  let told = read.get(entry)
  if (told === undefined) read.set(entry, (told = JSON.parse(lineOf(entry)) as WireEntry))
  return told
}
