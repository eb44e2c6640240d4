import type { Entry } from '../trace/entry.ts'

/** Entries of one machine, oldest first; those before `start` are gone, and leave the array now and then. */
interface Own {
  entries: Entry[]
  start: number
}

/**
 * The entries of a journal by their machine, so that reading one machine costs what that machine has. It holds the entries
 * that the journal holds and no others: whoever drops one there drops it here.
 */
export class MachineIndex {
  readonly #byMachine = new Map<string, Own>()

  /** The newest entry of all. */
  add(entry: Entry): void {
    const own = this.#byMachine.get(entry.machine)
    if (own === undefined) this.#byMachine.set(entry.machine, { entries: [entry], start: 0 })
    else own.entries.push(entry)
  }

  /** The oldest entry of a machine is gone. */
  dropOldest(machine: string): void {
    const own = this.#byMachine.get(machine)
    if (own === undefined) return
    // The place keeps the entry until the array is cut; nothing is read before `start`.
    own.start++
    if (own.start === own.entries.length) this.#byMachine.delete(machine)
    else if (own.start >= 64 && own.start * 2 >= own.entries.length) {
      own.entries = own.entries.slice(own.start)
      own.start = 0
    }
  }

  /** All entries of a machine are gone. */
  forget(machine: string): void {
    this.#byMachine.delete(machine)
  }

  /** Entries of a machine at and behind a position, oldest first. */
  *from(machine: string, seq: number): Generator<Entry> {
    const own = this.#byMachine.get(machine)
    if (own === undefined) return
    for (let at = placeOf(own, seq); at < own.entries.length; at++) yield own.entries[at] as Entry
  }

  /** The oldest entry of any of these machines at or behind a position. */
  next(machines: readonly string[], seq: number): Entry | undefined {
    let first: Entry | undefined
    for (const machine of machines) {
      const own = this.#byMachine.get(machine)
      const entry = own?.entries[placeOf(own, seq)]
      if (entry !== undefined && (first === undefined || entry.seq < first.seq)) first = entry
    }
    return first
  }
}

function placeOf({ entries, start }: Own, seq: number): number {
  let [low, high] = [start, entries.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((entries[middle] as Entry).seq < seq) low = middle + 1
    else high = middle
  }
  return low
}
