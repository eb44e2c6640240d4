import { imageOf, SNAPSHOT_FORM } from './snapshot.ts'
import type { Instance } from './instance.ts'
import { ACTIVE_ROWS, HISTORY_ROWS, MACHINE_BYTES, MACHINE_ROWS, type Retention } from './retention.ts'
import type { Store } from './store.ts'

/** Snapshots that are taken in one turn at most, so that none takes long. */
const A_TURN = 4

/** What a row takes besides its data, in bytes. */
const ROW_BYTES = 200

export interface CompactionPorts {
  readonly store: Store
  readonly retention: Pick<Retention, 'entries' | 'bytes' | 'ageNs'>
  /** Newest position of the journal. */
  readonly last: () => number
}

/**
 * Keeps what has to be stepped through at a restart small: once a machine has many rows, or all machines together have, or
 * its oldest is old, a snapshot of what it has come to is kept in place of them. How much is kept so depends on what is
 * alive, and not on what has happened.
 */
export class Compaction {
  readonly #ports: CompactionPorts
  /** Machines with rows behind their snapshots, by the age of the oldest of those. */
  readonly #behind = new Set<Instance>()
  /** Machines whose rows are too many by themselves. */
  readonly #due = new Set<Instance>()
  #rows = 0
  #bytes = 0

  constructor(ports: CompactionPorts) {
    this.#ports = ports
  }

  /** Rows that a restart would step through, of all machines, and about how many bytes they have. */
  get behind(): { readonly rows: number; readonly bytes: number } {
    return { rows: this.#rows, bytes: this.#bytes }
  }

  /** A row of a machine is kept. `weight` is about what its data take. */
  kept(instance: Instance, time: number, weight: number): void {
    const { behind } = instance
    if (behind.rows === 0) {
      behind.since = time
      this.#behind.add(instance)
    }
    const bytes = ROW_BYTES + weight
    behind.rows++
    behind.bytes += bytes
    this.#rows++
    this.#bytes += bytes
    // A snapshot may be large: it is taken again only once as much has come behind it.
    if (behind.rows >= MACHINE_ROWS || behind.bytes >= Math.max(MACHINE_BYTES, behind.snapshot)) this.#due.add(instance)
  }

  /** The machine is gone. */
  forget(instance: Instance): void {
    this.#reset(instance, 0)
    instance.behind.snapshot = 0
  }

  /** Takes a few snapshots that are due, and says how many. Nothing may be on its way into the store. */
  turn(now: number): number {
    for (let taken = 0; taken < A_TURN; taken++) {
      const instance = this.#next(now)
      if (instance === undefined) return taken
      this.#take(instance, now)
    }
    return A_TURN
  }

  #next(now: number): Instance | undefined {
    const [due] = this.#due
    if (due !== undefined) return due
    const [oldest] = this.#behind
    if (oldest === undefined) return undefined
    const { entries, bytes, ageNs } = this.#ports.retention
    const most = Math.max(HISTORY_ROWS, ACTIVE_ROWS * this.#behind.size)
    const isTooMuch = this.#rows > Math.min(entries, most) || this.#bytes > bytes
    return isTooMuch || oldest.behind.since < now - ageNs ? oldest : undefined
  }

  #take(instance: Instance, time: number): void {
    const { store, last } = this.#ports
    const { machine, place, fault } = instance
    // Where a model has a defect its inputs are worth more than what it has made of them.
    if (fault !== undefined) return this.#reset(instance, instance.behind.snapshot)
    const text = imageOf(instance)
    store.snapshot({ machine, form: SNAPSHOT_FORM, place, last: last(), time, text })
    this.#reset(instance, text.length)
  }

  #reset(instance: Instance, snapshot: number): void {
    const { behind } = instance
    this.#rows -= behind.rows
    this.#bytes -= behind.bytes
    behind.rows = 0
    behind.bytes = 0
    behind.snapshot = snapshot
    this.#behind.delete(instance)
    this.#due.delete(instance)
  }
}
