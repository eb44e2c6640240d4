/**
 * memory_failure() a second on random sparse pages, and the memory a million poisoned pages take.
 * Run with `node --expose-gc bench/memory-failure.ts`.
 */
import { createKernel, kernelOf } from '../shared/linux/kernel/create.ts'
import { KWORKER, type Platform } from '../shared/linux/kernel/state.ts'
import { memoryFailure } from '../shared/linux/mm/memory-failure.ts'
import { createProcess } from '../shared/linux/kernel/task.ts'

const PAGES = 1_000_000
const FRAMES = 2 ** 28

/** xorshift32, so that every run poisons the same pages. */
function frames(): Float64Array {
  let x = 0x9e3779b9
  return Float64Array.from({ length: PAGES }, () => {
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    return (x >>> 0) % FRAMES
  })
}

const silent: Platform = {
  now: 0,
  readPhysical: () => undefined,
  writePhysical: () => undefined,
  invalidate: () => undefined,
  signal: () => undefined,
  event: () => undefined
}

function heap(): number {
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}

function poison(mapped: boolean): void {
  const length = BigInt(FRAMES) << 12n
  const k = kernelOf(createKernel({ memory: [{ start: 0n, end: length }] }), silent)
  const area = { virtual: 1n << 45n, physical: 0n, length, backing: 'anonymous' as const }
  if (mapped) {
    const vmas = [{ ...area, dirty: true, mlocked: false, pinned: false }]
    createProcess(k, { pid: 10, comm: 'vmm', vmas })
  }
  const pfns = frames()
  const before = heap()
  const start = performance.now()
  for (const pfn of pfns) memoryFailure(k, BigInt(pfn), 0, KWORKER)
  const seconds = (performance.now() - start) / 1000
  const bytes = (heap() - before) / k.hwpoison.size
  const what = mapped ? 'pages of a late-kill process' : 'free pages'
  process.stdout.write(
    `${what}: ${Math.round(PAGES / seconds)} memory_failure/s, ${bytes.toFixed(1)} bytes a poisoned page\n`
  )
}

poison(false)
poison(true)
