import type { FrameKind, Kernel } from '../kernel/state.ts'
import { hasPageWithin } from '../../sparse/page-set.ts'
import { alignDown, hugePageFrames, isHugetlb, mappingsOf, pageShift, type Mapping } from './page-table.ts'

/** What a frame is to the kernel: outside of its RAM, a frame nobody maps, or one that processes map. */
export type Page =
  | { readonly kind: 'outside' }
  | { readonly kind: FrameKind; readonly mappings: readonly Mapping[] }
  | { readonly kind: 'mapped'; readonly mappings: readonly Mapping[] }

/** pfn_valid() and online: the frame is within System RAM, also when it is reserved. */
function pfnValid(k: Kernel, pfn: bigint): boolean {
  const physical = pfn << BigInt(pageShift(k))
  return k.memory.some(({ start, end }) => physical >= start && physical < end)
}

/** The kinds whose mappings matter: pages of a file or of a device, mapped or not. */
const MAPPABLE: readonly FrameKind[] = ['file-clean', 'file-dirty', 'dax']

/**
 * Classifies a frame: the ranges of the state first, then the VMAs, and what is left is free. A private huge page that
 * has been dissolved after an error is no huge page any more: its other frames are free.
 *
 * Spec: Linux 6.1.192, mm/memory-failure.c, get_hwpoison_page, me_huge_page; include/linux/page-flags.h.
 * Fidelity: approximates: a frame is what its range or VMA says, there are no pages in transit; a frame that is mapped by
 * its number only (pfnmap) is what its range says.
 */
export function pageAt(k: Kernel, pfn: bigint): Page {
  const physical = pfn << BigInt(pageShift(k))
  const frame = k.frames.find(({ start, end }) => physical >= start && physical < end)
  if (frame?.kind !== 'dax' && !pfnValid(k, pfn)) return { kind: 'outside' }
  if (frame !== undefined && frame.kind !== 'free') {
    const dissolved = frame.kind === 'free-hugetlb' && freeHugePageDissolved(k, pfn)
    const mappings = MAPPABLE.includes(frame.kind) ? mappingsOf(k, pfn) : []
    return { kind: dissolved ? 'free' : frame.kind, mappings }
  }
  const mappings = mappingsOf(k, pfn).filter(({ vma }) => vma.backing !== 'pfnmap')
  if (mappings.some(({ vma }) => vma.backing === 'dax')) return { kind: 'dax', mappings }
  if (mappings.length === 0 || mappings.every((mapping) => isDissolved(k, mapping)))
    return { kind: 'free', mappings: [] }
  return { kind: 'mapped', mappings }
}

/** A pool page is taken as 2 MiB on 4 KiB pages, the size of a PMD otherwise. */
function freeHugePageDissolved(k: Kernel, pfn: bigint): boolean {
  const order = pageShift(k) - 3
  return hasPageWithin(k.hwpoison, alignDown(pfn, order), 1n << BigInt(order))
}

/** A private huge page without extra references goes back to the buddy allocator once it was hit. */
function isDissolved(k: Kernel, { vma, virtual }: Mapping): boolean {
  if (!isHugetlb(vma) || vma.backing.startsWith('hugetlb-shared') || vma.pinned || vma.unmapFails === true) return false
  const { first, count } = hugePageFrames(k, vma, virtual)
  return hasPageWithin(k.hwpoison, first, count)
}
