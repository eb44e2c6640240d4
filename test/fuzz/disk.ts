import type { Layer } from '../../shared/contracts/layer.ts'
import type { StoredInput, Store } from '../../shared/engine/store.ts'

interface Mark {
  readonly machine: string
  readonly to: Layer
  readonly count: number
}

/** What one layer has on its disk. It is there whatever becomes of the instances that write to it. */
export class Disk {
  readonly #rows: StoredInput[] = []
  readonly #marks = new Map<string, Mark>()

  /**
   * The store of one instance, like `sqliteStore`: rows and marks reach the disk together when it is flushed, and marks
   * after a while by themselves. `isAlive` says whether the instance is; what a dead one writes is nowhere.
   */
  open(isAlive: () => boolean, later: (flush: () => void) => void): Store {
    let rows: StoredInput[] = []
    let marks: Mark[] = []
    let isAwaited = false
    const flush = () => {
      if (!isAlive()) return
      for (const row of rows) this.#rows.push(row)
      for (const mark of marks) this.#marks.set(`${mark.machine} ${mark.to}`, mark)
      rows = []
      marks = []
    }
    return {
      epochMs: 0,
      durable: true,
      inputs: () => [...this.#rows],
      delivered: () => [...this.#marks.values()],
      append: (row) => void rows.push(row),
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
