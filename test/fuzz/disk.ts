import type { Store, Write } from '../../shared/engine/store.ts'
import { KeptRows, type Mark } from '../support/kept-rows.ts'

export interface DiskPorts {
  readonly isAlive: () => boolean
  readonly now: () => number
  readonly later: (flush: () => void) => void
}

/** As SQLite says it. */
export class DiskFull extends Error {
  readonly errcode = 13
  constructor() {
    super('database or disk is full')
  }
}

/** What one layer has on its disk. It is there whatever becomes of the instances that write to it. */
export class Disk {
  readonly #kept = new KeptRows()
  /** Until then there is no room on it. */
  fullUntil = 0

  /**
   * The store of one instance, like `sqliteStore`: rows and marks reach the disk together when it is flushed, and marks
   * after a while by themselves. What cannot be kept is forgotten, but marks wait. `isAlive` says whether the instance is;
   * what a dead one writes is nowhere.
   */
  open({ isAlive, now, later }: DiskPorts): Store {
    const kept = this.#kept
    let writes: Write[] = []
    let marks: Mark[] = []
    let isAwaited = false
    const isFull = () => now() < this.fullUntil
    const probe = () => {
      if (isFull()) throw new DiskFull()
    }
    const flush = () => {
      if (!isAlive()) return
      if (writes.length > 0 && isFull()) {
        writes = []
        throw new DiskFull()
      }
      if (isFull()) return
      for (const write of writes) kept.write(write)
      for (const mark of marks) kept.mark(mark)
      writes = []
      marks = []
    }
    return {
      epochMs: 0,
      durable: true,
      get forgotten() {
        return kept.forgotten
      },
      inputs: () => [...kept.rows],
      snapshots: () => [...kept.snapshots.values()],
      delivered: () => [...kept.marks.values()],
      append: (row) => void writes.push({ row }),
      snapshot: (snapshot) => void writes.push({ snapshot }),
      forget(machine, last) {
        marks = marks.filter((mark) => mark.machine !== machine)
        writes.push({ forget: machine, last })
      },
      markDelivered(machine, to, count) {
        marks.push({ machine, to, count })
        if (isAwaited) return
        isAwaited = true
        later(() => {
          isAwaited = false
          // What waits to be kept is flushed by whoever has appended it.
          if (writes.length === 0) flush()
        })
      },
      flush,
      probe,
      close: flush
    }
  }
}
