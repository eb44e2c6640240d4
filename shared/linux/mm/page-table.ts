import type { Backing, Kernel, Process, Vma } from '../kernel/state.ts'
import { firstPageFrom, hasPage } from '../../sparse/page-set.ts'

/** log2 of the huge page size of a hugetlb backing; a base page otherwise. */
const HUGE_SHIFT: Partial<Record<Backing, number>> = {
  'hugetlb-64k': 16,
  'hugetlb-2m': 21,
  'hugetlb-32m': 25,
  'hugetlb-1g': 30,
  'hugetlb-shared-2m': 21,
  'hugetlb-shared-1g': 30
}

/** PAGE_SHIFT. */
export const pageShift = (k: Kernel): number => 31 - Math.clz32(k.options.pageSize)

/** log2 of what one page table entry of this VMA maps: a hugetlb page or a base page. */
export const mappingShift = (k: Kernel, vma: Vma): number => HUGE_SHIFT[vma.backing] ?? pageShift(k)

export const isHugetlb = (vma: Vma): boolean => HUGE_SHIFT[vma.backing] !== undefined

/** The address without the tag in its top byte, as the kernel uses and reports it. */
export const untagged = (virtual: bigint): bigint => virtual & 0x00ff_ffff_ffff_ffffn

export function alignDown(address: bigint, shift: number): bigint {
  return (address >> BigInt(shift)) << BigInt(shift)
}

/** find_vma(), but only when it covers the address. */
export function findVma(process: Process, virtual: bigint): Vma | undefined {
  return process.vmas.find((vma) => virtual >= vma.virtual && virtual < vma.virtual + vma.length)
}

/** A place where a frame is mapped. */
export interface Mapping {
  readonly process: Process
  readonly vma: Vma
  /** Address of the base page, also within a huge page. */
  readonly virtual: bigint
}

/** rmap: where a frame is (or, once poisoned, was) mapped, in order of processes and VMAs. */
export function mappingsOf(k: Kernel, pfn: bigint): Mapping[] {
  const physical = pfn << BigInt(pageShift(k))
  const found: Mapping[] = []
  for (const process of k.processes.values()) {
    if (process.state !== 'running') continue
    for (const vma of process.vmas) {
      const offset = physical - vma.physical
      if (offset >= 0n && offset < vma.length) found.push({ process, vma, virtual: vma.virtual + offset })
    }
  }
  return found
}

/** What is not replaced by a hwpoison entry: a frame by its number, and device memory, which its driver maps again. */
const KEEPS_NO_ENTRY: ReadonlySet<Backing> = new Set<Backing>(['pfnmap', 'dax'])

/** What a page table entry holds. `pfn` of a hwpoison entry is the frame at the address, `shift` the extent lost. */
export type Pte =
  | { readonly kind: 'none' }
  | { readonly kind: 'present'; readonly pfn: bigint; readonly physical: bigint; readonly vma: Vma }
  | { readonly kind: 'hwpoison'; readonly pfn: bigint; readonly shift: number; readonly vma: Vma }

/**
 * The page table entry at an address. A poisoned page costs nothing here: an entry is a hwpoison entry exactly when
 * its frame is in the set of poisoned frames and not among those that stayed mapped. A hugetlb page goes as a whole.
 *
 * Spec: Linux 6.1.192, mm/rmap.c, try_to_unmap_one; include/linux/swapops.h, make_hwpoison_entry.
 * Fidelity: approximates: every page of a VMA counts as populated.
 */
export function pteAt(k: Kernel, process: Process, virtual: bigint): Pte {
  const vma = findVma(process, virtual)
  if (vma === undefined) return { kind: 'none' }
  const physical = vma.physical + (virtual - vma.virtual)
  const pfn = physical >> BigInt(pageShift(k))
  if (k.hwpoison.size > 0 && !KEEPS_NO_ENTRY.has(vma.backing)) {
    const shift = mappingShift(k, vma)
    const lost = isHugetlb(vma) ? lostInHugePage(k, vma, virtual, shift) : isUnmapped(k, pfn)
    if (lost) return { kind: 'hwpoison', pfn, shift, vma }
  }
  return { kind: 'present', pfn, physical, vma }
}

const isUnmapped = (k: Kernel, pfn: bigint) => hasPage(k.hwpoison, pfn) && !hasPage(k.stillMapped, pfn)

/** First frame and number of frames of the huge page at an address. */
export function hugePageFrames(k: Kernel, vma: Vma, virtual: bigint): { first: bigint; count: bigint } {
  const shift = mappingShift(k, vma)
  const physical = vma.physical + (alignDown(virtual, shift) - vma.virtual)
  return { first: physical >> BigInt(pageShift(k)), count: 1n << BigInt(shift - pageShift(k)) }
}

function lostInHugePage(k: Kernel, vma: Vma, virtual: bigint, shift: number): boolean {
  const frames = 1n << BigInt(shift - pageShift(k))
  const { first } = hugePageFrames(k, vma, virtual)
  for (let pfn = firstPageFrom(k.hwpoison, first); pfn !== undefined && pfn < first + frames;) {
    if (!hasPage(k.stillMapped, pfn)) return true
    pfn = firstPageFrom(k.hwpoison, pfn + 1n)
  }
  return false
}

/**
 * Physical address behind a user address as /proc/pid/pagemap shows it: 0 when nothing is present.
 *
 * Spec: Linux 6.1, Documentation/admin-guide/mm/pagemap.rst.
 * Fidelity: exact for the frame number; the flags are left out.
 * No interface reaches it: tests and the replay of recordings use it.
 */
export function pagemap(k: Kernel, process: Process, virtual: bigint): bigint {
  const pte = pteAt(k, process, virtual)
  return pte.kind === 'present' ? pte.physical : 0n
}

/** log2 of a transparent huge page: what one page table page maps. */
export const thpShift = (k: Kernel): number => 2 * pageShift(k) - 3

/**
 * AnonHugePages of the VMA at an address in KiB: whole aligned blocks in which no page has been poisoned or replaced.
 *
 * Spec: Linux 6.1, Documentation/filesystems/proc.rst, smaps; mm/memory-failure.c, try_to_split_thp_page.
 * Fidelity: approximates: every whole block of a THP VMA counts as one huge page.
 * No interface reaches it: tests and the replay of recordings use it.
 */
export function anonHugeKb(k: Kernel, process: Process, virtual: bigint): number {
  const vma = findVma(process, virtual)
  if (vma?.backing !== 'thp') return 0
  const shift = thpShift(k)
  const size = 1n << BigInt(shift)
  let blocks = 0
  for (let at = alignDown(vma.virtual + size - 1n, shift); at + size <= vma.virtual + vma.length; at += size) {
    if (isWholeThp(k, vma, at)) blocks++
  }
  return blocks * Number(size >> 10n)
}

/** Whether the THP block of a VMA at an address is still one. */
export function isWholeThp(k: Kernel, vma: Vma, virtual: bigint): boolean {
  const start = alignDown(virtual, thpShift(k))
  const size = 1n << BigInt(thpShift(k))
  if (vma.backing !== 'thp' || start < vma.virtual || start + size > vma.virtual + vma.length) return false
  const first = (vma.physical + (start - vma.virtual)) >> BigInt(pageShift(k))
  const frames = size >> BigInt(pageShift(k))
  for (let pfn = firstPageFrom(k.hwpoison, first); pfn !== undefined && pfn < first + frames;) {
    if (!hasPage(k.stillMapped, pfn)) return false
    pfn = firstPageFrom(k.hwpoison, pfn + 1n)
  }
  return true
}
