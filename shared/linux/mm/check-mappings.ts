import { hex } from '../../formats/hex.ts'
/** Where someone wants memory, before it is mapped. */
export interface WantedMapping {
  readonly virtual: bigint
  /** Absent: the kernel chooses. */
  readonly physical: bigint | undefined
  readonly length: bigint
}

/** A mapping that cannot be, by its place in the list. */
export interface MappingFault {
  readonly index: number
  readonly code: 'range-invalid' | 'address-outside-memory'
  readonly part: 'virtual' | 'physical' | 'length'
  readonly detail: string
}

const PAGE = 0x1000n
const ADDRESS_SPACE = 1n << 64n
/**
 * The first of a process's mappings that cannot be: not whole pages, empty, around the end of the address space, over an
 * earlier one, or frames that are not RAM.
 *
 * Spec: Linux 6.1, mm/mmap.c, ksys_mmap_pgoff and get_unmapped_area (EINVAL, ENOMEM); MAP_FIXED_NOREPLACE (EEXIST).
 * Fidelity: approximates. 4 KiB pages; the limit of user addresses is that of 64 bits.
 */
export function findMappingFault(
  mappings: readonly WantedMapping[],
  memory: readonly { readonly start: bigint; readonly end: bigint }[]
): MappingFault | undefined {
  for (const [index, { virtual, physical, length }] of mappings.entries()) {
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
  }
  return undefined
}
