import type { Layer } from '../../shared/contracts/layer.ts'
import type { StoredInput, Store } from '../../shared/engine/store.ts'

interface Mark {
  readonly machine: string
  readonly to: Layer
  readonly count: number
}

/** A durable store within the process, which can be had as a crash would leave it. */
export interface KeepingStore extends Store {
  /** What would be found after a crash right now: what was flushed, without the newest `lostMarks` marks. */
  afterCrash(lostMarks?: number): KeepingStore
}

export function keepingStore(
  rows: readonly StoredInput[] = [],
  marks: readonly Mark[] = [],
  epochMs = 0
): KeepingStore {
  const kept = [...rows]
  const keptMarks = [...marks]
  let batch: StoredInput[] = []
  const flush = () => {
    kept.push(...batch)
    batch = []
  }
  return {
    epochMs,
    durable: true,
    inputs: () => [...kept],
    delivered: () => [...keptMarks],
    append: (row) => void batch.push(JSON.parse(JSON.stringify(row)) as StoredInput),
    markDelivered: (machine, to, count) => void keptMarks.push({ machine, to, count }),
    flush,
    close: flush,
    afterCrash: (lostMarks = 0) =>
      keepingStore(kept, keptMarks.slice(0, Math.max(marks.length, keptMarks.length - lostMarks)), epochMs)
  }
}
