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
  let rows: Parameters<Store['append']>[0][] = []
  const probe = () => {
    if (full !== undefined) throw full
  }
  return {
    ...store,
    append: (row) => void rows.push(row),
    flush() {
      const batch = rows
      rows = []
      if (batch.length > 0) probe()
      for (const row of batch) store.append(row)
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
