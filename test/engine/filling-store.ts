import type { Store } from '../../shared/engine/store.ts'

/** A store on a disk that can be filled, and fails as SQLite does then. */
export interface FillingStore extends Store {
  /** Nothing fits any more, for whatever reason. */
  fill(error?: Error): void
  /** There is room again. */
  empty(): void
}

export const diskFull = () => Object.assign(new Error('database or disk is full'), { errcode: 13 })

export function fillingStore(store: Store): FillingStore {
  let full: Error | undefined
  let writes: (() => void)[] = []
  const probe = () => {
    if (full !== undefined) throw full
  }
  return {
    ...store,
    append: (row) => void writes.push(() => store.append(row)),
    snapshot: (snapshot) => void writes.push(() => store.snapshot(snapshot)),
    forget: (machine, last) => void writes.push(() => store.forget(machine, last)),
    flush() {
      const batch = writes
      writes = []
      if (batch.length > 0) probe()
      for (const write of batch) write()
      store.flush()
    },
    probe,
    close() {
      this.flush()
      store.close()
    },
    fill: (error = diskFull()) => void (full = error),
    empty: () => void (full = undefined)
  }
}
