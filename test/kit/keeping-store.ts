import type { Layer } from '../../shared/contracts/layer.ts'
import type { Row, Store } from '../../shared/kit/store.ts'

/** Keeps everything within the process, with `flush` as the point of no return: services can be restarted on it. */
export function keepingStore(epochMs = Date.now()): Store & { crash: () => Store } {
  const kept: Row[] = []
  let batch: Row[] = []
  const counts = new Map<string, { machine: string; to: Layer; count: number }>()
  const store = {
    epochMs,
    durable: true,
    rows: () => [...kept],
    delivered: () => [...counts.values()],
    append: (row: Row) => void batch.push(JSON.parse(JSON.stringify(row)) as Row),
    markDelivered: (machine: string, to: Layer, count: number) =>
      void counts.set(`${machine} ${to}`, { machine, to, count }),
    flush() {
      kept.push(...batch)
      batch = []
    },
    close: () => store.flush(),
    /** The same store after a crash: what was not flushed is gone. */
    crash() {
      batch = []
      return store
    }
  }
  return store
}
