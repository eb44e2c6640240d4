import type { Store, StoredInput, Write } from '../../shared/engine/store.ts'
import { KeptRows, type Mark } from '../support/kept-rows.ts'

/** A durable store within the process, which can be had as a crash would leave it. */
export interface KeepingStore extends Store {
  /** What is flushed, but the newest marks. */
  readonly kept: KeptRows
  /** What would be found after a crash right now: what was flushed, without the newest `lostMarks` marks. */
  afterCrash(lostMarks?: number): KeepingStore
}

export function keepingStore(kept = new KeptRows(), epochMs = 0): KeepingStore {
  const marks: Mark[] = []
  let batch: Write[] = []
  const flush = () => {
    for (const write of batch) kept.write(write)
    batch = []
  }
  return {
    kept,
    epochMs,
    durable: true,
    get forgotten() {
      return kept.forgotten
    },
    inputs: () => [...kept.rows],
    snapshots: () => [...kept.snapshots.values()],
    delivered: () => [...kept.marks.values()],
    append: (row) => void batch.push({ row: JSON.parse(JSON.stringify(row)) as StoredInput }),
    snapshot: (snapshot) => void batch.push({ snapshot }),
    forget: (machine, last) => void batch.push({ forget: machine, last }),
    markDelivered: (machine, to, count) => void marks.push({ machine, to, count }),
    flush,
    close: flush,
    afterCrash(lostMarks = 0) {
      const copy = kept.copy()
      for (const mark of marks.slice(0, Math.max(0, marks.length - lostMarks))) copy.mark(mark)
      return keepingStore(copy, epochMs)
    }
  }
}
