import type { Kernel, Vma } from '../kernel/state.ts'
import { alignDown, mappingShift } from '../mm/page-table.ts'
import { isLogging, type MemorySlot } from './vm.ts'

/** log2 of what a stage-2 entry can map, and of the hugetlb sizes KVM steps down from, by base page size. */
const SHIFTS: Readonly<Record<number, { pud?: number; contPmd: number; pmd: number; contPte: number; page: number }>> =
  {
    4096: { pud: 30, contPmd: 25, pmd: 21, contPte: 16, page: 12 },
    16384: { contPmd: 30, pmd: 25, contPte: 21, page: 14 },
    65536: { contPmd: 34, pmd: 29, contPte: 21, page: 16 }
  }

/**
 * The size KVM would map a fault with, which is also the extent a SIGBUS from here reports: the hugetlb page, stepped
 * down to what stage 2 and the alignment of the slot allow; a base page for everything else and always while dirty
 * logging is on.
 *
 * Spec: Linux 6.1, arch/arm64/kvm/mmu.c, user_mem_abort, get_vma_page_shift, fault_supports_stage2_huge_mapping.
 * Fidelity: exact for memory with struct pages; a block mapping of device memory is mapped by pages here.
 */
export function vmaShift(k: Kernel, slot: MemorySlot, vma: Vma, hva: bigint): number {
  const { pud, contPmd, pmd, contPte, page } = SHIFTS[k.options.pageSize] ?? {
    contPmd: 0,
    pmd: 0,
    contPte: 0,
    page: 12
  }
  if (isLogging(slot)) return page
  switch (mappingShift(k, vma)) {
    case pud:
      if (pud !== undefined && supportsHugeMapping(slot, hva, pud)) return pud
      return supportsHugeMapping(slot, hva, pmd) ? pmd : page
    case contPmd:
    case pmd:
      return supportsHugeMapping(slot, hva, pmd) ? pmd : page
    case contPte:
    default:
      return page
  }
}

/** Guest and host addresses agree within the block, and the block lies inside the slot. */
function supportsHugeMapping(slot: MemorySlot, hva: bigint, shift: number): boolean {
  const mask = (1n << BigInt(shift)) - 1n
  if ((slot.guestPhysical & mask) !== (slot.hostVirtual & mask)) return false
  const block = alignDown(hva, shift)
  return block >= slot.hostVirtual && block + mask + 1n <= slot.hostVirtual + slot.length
}
