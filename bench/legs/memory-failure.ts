import { createKernel, kernelOf } from '../../shared/linux/kernel/create.ts'
import { KWORKER, type Platform } from '../../shared/linux/kernel/state.ts'
import { createProcess } from '../../shared/linux/kernel/task.ts'
import { memoryFailure } from '../../shared/linux/mm/memory-failure.ts'
import { cpuMicros } from '../cpu.ts'
import type { Figure, Result, Scale } from '../figure.ts'

const PAGES = { full: { warmUp: 100_000, measured: 1_000_000 }, quick: { warmUp: 50_000, measured: 200_000 } } as const
const FRAMES = 2 ** 28

/** xorshift32, so that every run poisons the same pages. */
function frames(count: number): Float64Array {
  let x = 0x9e3779b9
  return Float64Array.from({ length: count }, () => {
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

/** Bytes on the heap when the garbage is gone; needs --expose-gc. */
function heapBytes(): number {
  if (globalThis.gc === undefined) throw new Error('without --expose-gc the heap cannot be measured')
  globalThis.gc()
  return process.memoryUsage().heapUsed
}

interface Poisoned {
  readonly micros: number
  readonly bytesPerPage: number
}

/** Poisons so many pages of a new kernel, free or mapped by a process. */
function poison(isMapped: boolean, count: number): Poisoned {
  const length = BigInt(FRAMES) << 12n
  const k = kernelOf(createKernel({ memory: [{ start: 0n, end: length }] }), silent)
  if (isMapped) {
    const area = { virtual: 1n << 45n, physical: 0n, length, backing: 'anonymous' as const }
    createProcess(k, { pid: 10, comm: 'vmm', vmas: [{ ...area, dirty: true, mlocked: false, pinned: false }] })
  }
  const pfns = frames(count)
  const before = heapBytes()
  const begun = cpuMicros()
  for (const pfn of pfns) memoryFailure(k, BigInt(pfn), 0, KWORKER)
  const micros = cpuMicros() - begun
  return { micros, bytesPerPage: (heapBytes() - before) / k.hwpoison.size }
}

const KINDS = [
  { name: 'free pages', isMapped: false },
  { name: 'pages of a late-kill process', isMapped: true }
] as const

export async function run(scale: Scale): Promise<Result> {
  const { warmUp, measured } = PAGES[scale]
  const begun = performance.now()
  for (const { isMapped } of KINDS) poison(isMapped, warmUp)
  const seconds = (performance.now() - begun) / 1000
  return {
    figures: KINDS.flatMap(({ name, isMapped }): Figure[] => {
      const { micros, bytesPerPage } = poison(isMapped, measured)
      return [
        { name, unit: 'memory_failure/s a core', value: (measured / micros) * 1e6 },
        { name: `${name}: heap a poisoned page`, unit: 'B', value: bytesPerPage }
      ]
    }),
    warmUps: [{ what: 'kernels of their own', count: warmUp * KINDS.length, of: 'pages', seconds }],
    notes: [`${measured} pages of each kind.`]
  }
}
