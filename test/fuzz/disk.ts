import type { Store, Write } from '../../shared/engine/store.ts'
import { KeptRows, type Mark } from '../support/kept-rows.ts'

/** What one layer has on its disk. It is there whatever becomes of the instances that write to it. */
export class Disk {
  readonly #kept = new KeptRows()

  /**
   * The store of one instance, like `sqliteStore`: rows and marks reach the disk together when it is flushed, and marks
   * after a while by themselves. `isAlive` says whether the instance is; what a dead one writes is nowhere.
   */
  open(isAlive: () => boolean, later: (flush: () => void) => void): Store {
    const kept = this.#kept
    let writes: Write[] = []
    let marks: Mark[] = []
    let isAwaited = false
    const flush = () => {
      if (!isAlive()) return
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
      forget: (machine, last) => void writes.push({ forget: machine, last }),
      markDelivered(machine, to, count) {
        marks.push({ machine, to, count })
        if (isAwaited) return
        isAwaited = true
        later(() => {
          isAwaited = false
          flush()
        })
      },
      flush,
      close: flush
    }
  }
}
