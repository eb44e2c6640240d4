import { AFTER_VALIDATION, decodeFixedSection, encodeFixedSection, type FixedSection } from './fixed-section.ts'
import { fieldTable } from './validated-fields.ts'

const MEMORY_SECTION_2_SIZE = 96

/** Name, offset, type, validation bit, and for parts of a word lowest bit and width. */
export const MEMORY_2_FIELDS = fieldTable(MEMORY_SECTION_2_SIZE, AFTER_VALIDATION, [
  ['errorStatus', 8, 'u64', 0],
  ['physicalAddress', 16, 'u64', 1],
  ['physicalAddressMask', 24, 'u64', 2],
  ['node', 32, 'u16', 3],
  ['card', 34, 'u16', 4],
  ['module', 36, 'u16', 5],
  ['bank', 38, 'u16', 6],
  ['device', 40, 'u32', 7],
  ['row', 44, 'u32', 8],
  ['column', 48, 'u32', 9],
  ['rank', 52, 'u32', 10],
  ['bitPosition', 56, 'u32', 11],
  ['chipIdentification', 60, 'u8', 12],
  ['errorType', 61, 'u8', 13],
  ['status', 62, 'u8', 14],
  ['requestorId', 64, 'u64', 15],
  ['responderId', 72, 'u64', 16],
  ['targetId', 80, 'u64', 17],
  ['cardHandle', 88, 'u32', 18],
  ['moduleHandle', 92, 'u32', 19],
  ['bankGroup', 38, 'u16', 20, 8, 8],
  ['bankAddress', 38, 'u16', 21, 0, 8]
])

/** Bit 0 of `status`: set when uncorrected, clear when corrected. */
export const MEMORY_2_UNCORRECTED = 1 << 0

/**
 * Memory Error Section 2. From bit 10 on its validation bits are not those of section type 1; `errorType` has the same
 * codes (`MEMORY_ERROR_TYPE`). Linux 6.12 does not know this section.
 *
 * Spec: UEFI 2.10, N.2.6.
 * Fidelity: exact.
 */
export type MemorySection2 = FixedSection<(typeof MEMORY_2_FIELDS)['rows']>

/** Throws FormatError when there are fewer than 96 bytes. */
export function decodeMemorySection2(bytes: Uint8Array): MemorySection2 {
  return decodeFixedSection(MEMORY_2_FIELDS, bytes, 'a memory error section 2')
}

/** Throws FormatError when a value does not fit. */
export function encodeMemorySection2(section: MemorySection2): Uint8Array {
  return encodeFixedSection(MEMORY_2_FIELDS, section)
}
