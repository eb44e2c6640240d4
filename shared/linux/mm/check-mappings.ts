import { hex } from '../../formats/hex.ts'
import type { FrameKind, FrameRange, PhysicalRange } from '../kernel/state.ts'

/** Where someone wants memory, before it is mapped. */
export interface WantedMapping {
  readonly virtual: bigint
  /** Absent: the kernel chooses. */
  readonly physical: bigint | undefined
  readonly length: bigint
  /** Mapped by its number, whoever holds it. */
  readonly byNumber?: boolean
}

/** A mapping that cannot be, by its place in the list. */
export interface MappingFault {
  readonly index: number
  readonly code: 'range-invalid' | 'address-outside-memory'
  readonly part: 'virtual' | 'physical' | 'length'
  readonly detail: string
}

const PAGE = 0x1000n
/** What a process can map, besides by its number. */
const MAPPABLE: ReadonlySet<FrameKind> = new Set<FrameKind>(['free', 'dax', 'file-clean', 'file-dirty', 'free-hugetlb'])
const ADDRESS_SPACE = 1n << 64n
/**
 * The first of a process's mappings that cannot be: not whole pages, empty, around the end of the address space, over an
 * earlier one, or frames that are not RAM or that the kernel holds.
 *
 * Spec: Linux 6.1, mm/mmap.c, ksys_mmap_pgoff and get_unmapped_area (EINVAL, ENOMEM); MAP_FIXED_NOREPLACE (EEXIST).
 * Fidelity: approximates. 4 KiB pages; the limit of user addresses is that of 64 bits.
 */
export function findMappingFault(
  mappings: readonly WantedMapping[],
  memory: readonly PhysicalRange[],
  frames: readonly FrameRange[] = []
): MappingFault | undefined {
  for (const [index, { virtual, physical, length, byNumber = false }] of mappings.entries()) {
    const fault = (part: MappingFault['part'], detail: string, code: MappingFault['code'] = 'range-invalid') => ({
      index,
      code,
      part,
      detail
    })
    for (const [part, value] of [
      ['virtual', virtual],
      ['physical', physical ?? 0n],
      ['length', length]
    ] as const) {
      if (value % PAGE !== 0n) return fault(part, `${hex(value)} is not a whole number of 4 KiB pages`)
    }
    if (length === 0n) return fault('length', 'a mapping has one page or more')
    if (virtual + length > ADDRESS_SPACE) return fault('length', 'the mapping wraps around the address space')
    const over = mappings.findIndex(
      (other, at) => at < index && other.virtual < virtual + length && virtual < other.virtual + other.length
    )
    if (over !== -1) return fault('virtual', `the mapping lies over mapping ${over}`)
    if (physical === undefined) continue
    if (!memory.some(({ start, end }) => physical >= start && physical + length <= end)) {
      const where = `${hex(physical)} to ${hex(physical + length)}`
      return fault('physical', `${where} is not RAM of this machine`, 'address-outside-memory')
    }
    const held = byNumber ? undefined : heldWithin(frames, { start: physical, end: physical + length })
    if (held !== undefined) {
      const what = `${hex(held.start)} to ${hex(held.end)} (${held.kind})`
      return fault('physical', `the kernel holds ${what}; a process has such a frame as pfnmap only`)
    }
  }
  return undefined
}

/** What is wrong with a range of frames: not whole pages, empty, or none of this machine's RAM. */
export function frameFault(
  { start, end }: PhysicalRange,
  memory: readonly PhysicalRange[]
): { readonly part: 'start' | 'end'; readonly code: MappingFault['code']; readonly detail: string } | undefined {
  const [unaligned] = Object.entries({ start, end }).filter(([, at]) => at % PAGE !== 0n)
  if (unaligned !== undefined) {
    const part = unaligned[0] as 'start' | 'end'
    return { part, code: 'range-invalid', detail: `${hex(unaligned[1])} is not a whole number of 4 KiB pages` }
  }
  if (start >= end) return { part: 'end', code: 'range-invalid', detail: 'a range ends behind its start' }
  if (memory.some((range) => range.start <= start && end <= range.end)) return undefined
  const detail = `${hex(start)} to ${hex(end)} is not RAM of this machine`
  return { part: 'start', code: 'address-outside-memory', detail }
}

/** The first range of frames that the kernel holds within another one; of ranges that overlap the first counts. */
function heldWithin(frames: readonly FrameRange[], wanted: PhysicalRange): FrameRange | undefined {
  let left: readonly PhysicalRange[] = [wanted]
  for (const frame of frames) {
    const isOver = ({ start, end }: PhysicalRange) => frame.start < end && start < frame.end
    if (!left.some(isOver)) continue
    if (!MAPPABLE.has(frame.kind)) return frame
    left = left.flatMap((range) => (isOver(range) ? without(range, frame) : [range]))
  }
  return undefined
}

/** What of a range lies before and behind another one. */
function without({ start, end }: PhysicalRange, cut: PhysicalRange): readonly PhysicalRange[] {
  const parts = [
    { start, end: cut.start < end ? cut.start : end },
    { start: cut.end > start ? cut.end : start, end }
  ]
  return parts.filter((part) => part.start < part.end)
}
