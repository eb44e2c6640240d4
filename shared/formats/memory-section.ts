import { hex } from './hex.ts'
import { viewOf } from './bytes.ts'
import { AFTER_VALIDATION, decodeFixedSection, encodeFixedSection, type FixedSection } from './fixed-section.ts'
import { FormatError, requireBytes } from './format-error.ts'
import { fieldTable, readFields } from './validated-fields.ts'

/** Bytes of the section, and of the form of UEFI 2.1 and 2.2 that ends after Memory Error Type. */
export const MEMORY_SECTION_SIZE = 80
export const MEMORY_SECTION_OLD_SIZE = 73

const VALIDATION = 0
/** Name, offset, type, validation bit, and for parts of a word lowest bit and width. */
export const MEMORY_FIELDS = fieldTable(MEMORY_SECTION_SIZE, AFTER_VALIDATION, [
  ['errorStatus', 8, 'u64', 0],
  ['physicalAddress', 16, 'u64', 1],
  ['physicalAddressMask', 24, 'u64', 2],
  ['node', 32, 'u16', 3],
  ['card', 34, 'u16', 4],
  ['module', 36, 'u16', 5],
  ['bank', 38, 'u16', 6],
  ['device', 40, 'u16', 7],
  ['row', 42, 'u16', 8],
  ['column', 44, 'u16', 9],
  ['bitPosition', 46, 'u16', 10],
  ['requestorId', 48, 'u64', 11],
  ['responderId', 56, 'u64', 12],
  ['targetId', 64, 'u64', 13],
  ['errorType', 72, 'u8', 14],
  ['rank', 74, 'u16', 15],
  ['cardHandle', 76, 'u16', 16],
  ['moduleHandle', 78, 'u16', 17],
  ['rowExtension', 73, 'u8', 18, 0, 2],
  ['bankGroup', 38, 'u16', 19, 8, 8],
  ['bankAddress', 38, 'u16', 20, 0, 8],
  ['chipIdentification', 73, 'u8', 21, 5, 3]
])
/** The old form has no bit from here on. */
const FIRST_NEW_VALIDATION_BIT = 15

/** Memory Error Type, also of section type 2. */
export const MEMORY_ERROR_TYPE = [
  'unknown',
  'no error',
  'single-bit ECC',
  'multi-bit ECC',
  'single-symbol chipkill ECC',
  'multi-symbol chipkill ECC',
  'master abort',
  'target abort',
  'parity error',
  'watchdog timeout',
  'invalid address',
  'mirror broken',
  'memory sparing',
  'scrub corrected error',
  'scrub uncorrected error',
  'physical memory map-out event'
] as const

/**
 * Memory Error Section: validated fields, all absent when their bit is clear. `physicalAddress` belongs to whoever reads
 * the record: host physical in the host's record, guest physical in the guest's.
 *
 * Spec: UEFI 2.10, N.2.5.
 * Fidelity: exact.
 */
export type MemorySection = FixedSection<(typeof MEMORY_FIELDS)['rows']> & {
  /** The 73-byte form of UEFI 2.1 and 2.2. */
  readonly oldForm?: true
}

/**
 * Throws FormatError when there are fewer than 80 bytes and not the 73 of the old form, and when the old form claims a
 * field that it does not have.
 */
export function decodeMemorySection(bytes: Uint8Array): MemorySection {
  requireBytes(bytes, 0, MEMORY_SECTION_OLD_SIZE, 'a memory error section')
  if (bytes.length !== MEMORY_SECTION_OLD_SIZE) {
    return decodeFixedSection(MEMORY_FIELDS, bytes, 'a memory error section longer than its 73-byte form')
  }
  const view = viewOf(bytes)
  const valid = view.getUint32(VALIDATION)
  if (valid >>> FIRST_NEW_VALIDATION_BIT !== 0 || view.getUint32(VALIDATION + 4) !== 0) {
    throw new FormatError('the 73-byte form has no validation bit above 14', VALIDATION, hex(valid))
  }
  return { ...readFields(MEMORY_FIELDS, view, valid), oldForm: true }
}

/** 80 bytes, or 73 of the old form; throws FormatError when a value does not fit its field or the form. */
export function encodeMemorySection(section: MemorySection): Uint8Array {
  return encodeFixedSection(MEMORY_FIELDS, section, section.oldForm ? MEMORY_SECTION_OLD_SIZE : MEMORY_SECTION_SIZE)
}
