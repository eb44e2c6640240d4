import type { Backing, Kernel, Process, Vma } from '../kernel/state.ts'
import { EINVAL, ENOMEM } from '../kernel/errno.ts'
import { allocateFrames } from './frame-alloc.ts'
import { findVma, mappingShift } from './page-table.ts'
import { runningProcess, updateProcess } from '../kernel/task.ts'

/** The VMA moved forward to `from` and cut off at `to`. */
function part(vma: Vma, from: bigint, to: bigint): Vma {
  return { ...vma, virtual: from, physical: vma.physical + (from - vma.virtual), length: to - from }
}

/** The VMAs without a range, and what lay in the range, split at its ends. */
function carve(vmas: readonly Vma[], virtual: bigint, length: bigint): { rest: Vma[]; inside: Vma[] } {
  const end = virtual + length
  const rest: Vma[] = []
  const inside: Vma[] = []
  for (const vma of vmas) {
    const vmaEnd = vma.virtual + vma.length
    if (vmaEnd <= virtual || vma.virtual >= end) {
      rest.push(vma)
      continue
    }
    const from = vma.virtual > virtual ? vma.virtual : virtual
    const to = vmaEnd < end ? vmaEnd : end
    if (vma.virtual < from) rest.push(part(vma, vma.virtual, from))
    inside.push(part(vma, from, to))
    if (to < vmaEnd) rest.push(part(vma, to, vmaEnd))
  }
  return { rest, inside }
}

/** vm.max_map_count as it is by default. Spec: Linux 6.1, include/linux/mm.h, DEFAULT_MAX_MAP_COUNT. */
const MAX_MAP_COUNT = 65530

const byAddress = (a: Vma, b: Vma) => (a.virtual < b.virtual ? -1 : a.virtual > b.virtual ? 1 : 0)

function setVmas(k: Kernel, process: Process, vmas: readonly Vma[]): void {
  updateProcess(k, process.pid, { vmas: vmas.toSorted(byAddress) })
}

/** Maps what the caller describes, in place of whatever was there. */
export function mapVma(k: Kernel, pid: number, vma: Vma): void {
  const process = runningProcess(k, pid)
  if (process === undefined) return
  const { rest, inside } = carve(process.vmas, vma.virtual, vma.length)
  if (inside.length > 0) k.platform.invalidate(pid, vma.virtual, vma.length)
  setVmas(k, process, [...rest, vma])
}

/**
 * mmap(MAP_FIXED) of private anonymous (or other) memory over a range: fresh frames, usable again. The frames that were
 * there stay poisoned if they were.
 *
 * Spec: Linux 6.1, mm/mmap.c, mmap_region.
 * Fidelity: approximates: the frames are contiguous and allocated at once.
 */
export function mmapFixed(
  k: Kernel,
  pid: number,
  virtual: bigint,
  length: bigint,
  backing: Backing = 'anonymous'
): number {
  const process = runningProcess(k, pid)
  if (process === undefined) return -EINVAL
  if (process.vmas.length > MAX_MAP_COUNT) return -ENOMEM
  const vma = { virtual, physical: 0n, length, backing, dirty: true, mlocked: false, pinned: false }
  const physical = allocateFrames(k, length, mappingShift(k, vma))
  if (physical === undefined) return -ENOMEM
  mapVma(k, pid, { ...vma, physical })
  return 0
}

/** Backings whose pages belong to a file, which keeps them when a mapping lets go. */
const SHARED: readonly Backing[] = ['shmem', 'file', 'hugetlb-shared-2m', 'hugetlb-shared-1g', 'dax', 'pfnmap']

/**
 * MADV_DONTNEED and the touch after it: private memory comes back as fresh zero pages. A file's pages stay in the file:
 * a poisoned shmem or hugetlbfs page is found there again.
 *
 * Spec: Linux 6.1, mm/madvise.c, madvise_dontneed_single_vma; mm/shmem.c, shmem_fault.
 * Fidelity: approximates: the fresh pages are there at once instead of at the touch.
 */
export function madviseDontneed(k: Kernel, pid: number, virtual: bigint, length: bigint): number {
  const process = runningProcess(k, pid)
  if (process === undefined) return -EINVAL
  k.platform.invalidate(pid, virtual, length)
  const { rest, inside } = carve(process.vmas, virtual, length)
  if (inside.length === 0) return -ENOMEM
  let fresh: Vma[] = rest
  for (const vma of inside) {
    const physical = SHARED.includes(vma.backing) ? vma.physical : allocateFrames(k, vma.length, mappingShift(k, vma))
    if (physical === undefined) return -ENOMEM
    fresh = [...fresh, { ...vma, physical }]
    setVmas(k, process, fresh)
  }
  return 0
}

/**
 * Puts another frame behind one page (or hugetlb page) of a VMA: what migration and rereading from disk end in.
 * `virtual` is the start of it.
 */
export function replaceFrame(
  k: Kernel,
  pid: number,
  virtual: bigint,
  physical: bigint,
  change: Partial<Vma> = {}
): void {
  const process = runningProcess(k, pid)
  const vma = process === undefined ? undefined : findVma(process, virtual)
  if (process === undefined || vma === undefined) return
  const length = 1n << BigInt(mappingShift(k, vma))
  const { rest, inside } = carve(process.vmas, virtual, length)
  setVmas(k, process, [...rest, ...inside.map((old) => ({ ...old, ...change, physical }))])
}
