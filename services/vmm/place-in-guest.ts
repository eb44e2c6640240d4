import type { MemorySlot, Place } from './state.ts'

const PAGE = 0x1000n

/** si_addr_lsb when the kernel gave none: a 4 KiB page. */
export const PAGE_LSB = 12

/**
 * Where a host address lies in the guest, undefined when it is not guest RAM. The page is the one the signal names and
 * the extent all that is lost: for huge pages si_addr is the page that was touched, so rounding it down to the extent
 * would report a page that nobody touched.
 *
 * Spec: Linux 6.1 arch/arm64/kvm/mmu.c, kvm_send_hwpoison_signal; include/uapi/asm-generic/siginfo.h, si_addr_lsb.
 * Fidelity: exact for one page; an extent that reaches over the slot is cut off.
 */
export function placeInGuest(
  slots: readonly MemorySlot[],
  hostVirtual: bigint | undefined,
  lsb: number
): Place | undefined {
  const slot = slots.find(
    (candidate) =>
      hostVirtual !== undefined &&
      hostVirtual >= candidate.hostVirtual &&
      hostVirtual < candidate.hostVirtual + candidate.length
  )
  if (slot === undefined || hostVirtual === undefined) return undefined
  const toGuest = (address: bigint) => address - slot.hostVirtual + slot.guestPhysical
  const size = 1n << BigInt(Math.max(lsb, PAGE_LSB))
  const down = hostVirtual & ~(size - 1n)
  const start = down < slot.hostVirtual ? slot.hostVirtual : down
  const end = down + size < slot.hostVirtual + slot.length ? down + size : slot.hostVirtual + slot.length
  return {
    guestPhysical: toGuest(hostVirtual & ~(PAGE - 1n)),
    extent: { guestPhysical: toGuest(start), hostVirtual: start, length: end - start }
  }
}
