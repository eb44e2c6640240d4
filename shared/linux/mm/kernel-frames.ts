import type { FrameKind, FrameRange, PhysicalRange } from '../kernel/state.ts'

const MIB = 1n << 20n

/**
 * What the kernel itself holds after boot, one part behind the other. Of a real kernel only the image lies in one piece;
 * its slabs, tables and stacks are wherever the buddy allocator had room.
 */
const PARTS: readonly (readonly [FrameKind, bigint])[] = [
  ['kernel-text', 12n * MIB],
  ['kernel-data', 6n * MIB],
  ['slab', 4n * MIB],
  ['page-table', MIB],
  ['kernel-page', MIB]
]
const LENGTH = PARTS.reduce((sum, [, length]) => sum + length, 0n)

/** Where the image of a host lies in its RAM: behind the device tree and what the boot loader left. */
export const HOST_IMAGE_OFFSET = 2n * MIB
/** And that of a guest, whose EFI stub puts it elsewhere (KASLR), so that the start of its RAM is free for tasks. */
export const GUEST_IMAGE_OFFSET = 32n * MIB

/**
 * The frames of a kernel that has booted: its image, slabs, page tables and stacks, in the largest range of its RAM. None
 * where that is too small to hold them: whoever describes such a machine places them himself.
 *
 * Spec: Linux 6.1, Documentation/arm64/booting.rst (2 MiB aligned image); drivers/firmware/efi/libstub/arm64-stub.c,
 * efi_kaslr_relocate_kernel; /proc/iomem, "Kernel code" and "Kernel data".
 * Fidelity: approximates: sizes of a small distribution kernel, each kind in one piece.
 */
export function kernelFrames(memory: readonly PhysicalRange[], offset: bigint): readonly FrameRange[] {
  const size = ({ start, end }: PhysicalRange) => end - start
  const [first] = memory.toSorted((a, b) => (size(a) > size(b) ? -1 : size(a) < size(b) ? 1 : 0))
  if (first === undefined || first.start + offset + LENGTH > first.end) return []
  let at = first.start + offset
  return PARTS.map(([kind, length]) => ({ start: at, end: (at += length), kind }))
}
