import type { Kernel, PhysicalRange } from '../kernel/state.ts'
import { firstPageFrom } from '../../sparse/page-set.ts'
import { alignDown, pageShift } from './page-table.ts'

/**
 * Physical address of free frames, aligned to `1 << shift`: the highest that nobody maps, reserves or poisoned.
 * Undefined when memory is full.
 *
 * Spec: ours; stands for Linux 6.1, mm/page_alloc.c, alloc_pages.
 * Fidelity: approximates: which free frame it is, is decided by the highest address instead of the free lists.
 */
export function allocateFrames(k: Kernel, length: bigint, shift: number = pageShift(k)): bigint | undefined {
  const taken = takenRanges(k)
  for (const { start, end } of k.memory.toReversed()) {
    let top = end
    while (top - length >= start) {
      const at = alignDown(top - length, shift)
      if (at < start) break
      const obstacle = taken.find((range) => range.start < at + length && range.end > at)
      const poisoned = obstacle === undefined ? firstPageFrom(k.hwpoison, at >> BigInt(pageShift(k))) : undefined
      if (obstacle === undefined && (poisoned === undefined || poisoned << BigInt(pageShift(k)) >= at + length))
        return at
      top = obstacle !== undefined ? obstacle.start : (poisoned as bigint) << BigInt(pageShift(k))
    }
  }
  return undefined
}

function takenRanges(k: Kernel): PhysicalRange[] {
  const taken: PhysicalRange[] = k.frames.filter((range) => range.kind !== 'free')
  for (const process of k.processes.values()) {
    if (process.state !== 'running') continue
    for (const { physical, length } of process.vmas) taken.push({ start: physical, end: physical + length })
  }
  return taken
}
