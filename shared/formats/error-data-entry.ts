import { hex } from './hex.ts'
import { isZero, readText, viewOf, writeText } from './bytes.ts'
import { FormatError, requireBytes, requireFits } from './format-error.ts'
import { GUID_SIZE, guidAt, writeGuid } from './guid.ts'
import { keptAt, writeKept, type Kept } from './kept.ts'
import { offsetsOf, type Layout } from './layout.ts'

/** Header bytes before the payload: 64, or 72 from revision 0x0300 on (`acpi_hest_get_size`). */
export const ERROR_DATA_ENTRY_HEADER = { short: 64, long: 72 } as const
export const ERROR_DATA_ENTRY_REVISION = { v2: 0x0201, v3: 0x0300 } as const

const FRU_TEXT_SIZE = 20
export const ERROR_DATA_ENTRY_LAYOUT = {
  sectionType: [0, 'guid'],
  severity: [16, 'u32'],
  revision: [20, 'u16'],
  validation: [22, 'u8'],
  flags: [23, 'u8'],
  errorDataLength: [24, 'u32'],
  fruId: [28, 'guid'],
  fruText: [44, 'text', FRU_TEXT_SIZE],
  timestamp: [64, 'u64']
} as const satisfies Layout
const OFFSET = offsetsOf(ERROR_DATA_ENTRY_LAYOUT)
const TEXTS = [[OFFSET.fruText, FRU_TEXT_SIZE]] as const

/** Validation bits; that of the timestamp is there in the long header only. */
export const ERROR_DATA_ENTRY_VALID = { fruId: 1 << 0, fruText: 1 << 1, timestamp: 1 << 2 } as const

/** Flags of a data entry and of a UEFI section descriptor, bit numbers. */
export const SECTION_FLAG = {
  primary: 1 << 0,
  containmentWarning: 1 << 1,
  reset: 1 << 2,
  thresholdExceeded: 1 << 3,
  resourceNotAccessible: 1 << 4,
  latentError: 1 << 5,
  propagated: 1 << 6,
  overflow: 1 << 7
} as const

/**
 * Generic Error Data Entry: one section of an error status block.
 *
 * Spec: ACPI 6.5, 18.3.2.7.1 (Generic Error Data Entry).
 * Fidelity: exact.
 */
export interface ErrorDataEntry {
  /** GUID, lower case. */
  readonly sectionType: string
  readonly severity: number
  /** Decides the header size: 72 bytes when the major number (bits 15:8) is 3 or more, else 64. */
  readonly revision: number
  readonly flags: number
  readonly fruId?: string
  readonly fruText?: string
  /** BCD word, see `timestamp.ts`. */
  readonly timestamp?: bigint
  /** Section body, a part of the bytes it was decoded from. */
  readonly payload: Uint8Array
  /** Non-zero content of fields whose validation bit is clear; it has no meaning and is kept for the bytes only. */
  readonly unvalidated?: { readonly fruId?: string; readonly fruText?: string; readonly timestamp?: bigint }
  /** Validation bits without a field. */
  readonly reservedValidation?: number
  /** What follows the first NUL of the FRU text. */
  readonly kept?: readonly Kept[]
}

/** Kept content at these offsets from the start of the FRU text, as an entry has it. */
export function keptInEntry(behindFruText: readonly Kept[]): Pick<ErrorDataEntry, 'kept'> {
  if (behindFruText.length === 0) return {}
  return { kept: behindFruText.map(({ offset, bytes }) => ({ offset: OFFSET.fruText + offset, bytes })) }
}

export function errorDataEntryHeaderSize(revision: number): number {
  return revision >> 8 >= 3 ? ERROR_DATA_ENTRY_HEADER.long : ERROR_DATA_ENTRY_HEADER.short
}

/** The entry at `offset` and where the next one starts; throws FormatError when it runs past `end`. */
export function errorDataEntryAt(
  bytes: Uint8Array,
  offset: number,
  end = bytes.length
): { readonly entry: ErrorDataEntry; readonly next: number } {
  const within = end === bytes.length ? bytes : bytes.subarray(0, end)
  requireBytes(within, offset, ERROR_DATA_ENTRY_HEADER.short, 'a generic error data entry header')
  const view = viewOf(within)
  const revision = view.getUint16(offset + OFFSET.revision)
  const headerSize = errorDataEntryHeaderSize(revision)
  requireBytes(within, offset, headerSize, 'a generic error data entry header of revision 3')
  const length = view.getUint32(offset + OFFSET.errorDataLength)
  const body = offset + headerSize
  requireBytes(within, body, length, 'Error Data Length: the payload')

  const hasTimestamp = headerSize === ERROR_DATA_ENTRY_HEADER.long
  const validation = view.getUint8(offset + OFFSET.validation)
  const known =
    ERROR_DATA_ENTRY_VALID.fruId |
    ERROR_DATA_ENTRY_VALID.fruText |
    (hasTimestamp ? ERROR_DATA_ENTRY_VALID.timestamp : 0)
  const valid: { fruId?: string; fruText?: string; timestamp?: bigint } = {}
  const unvalidated: { fruId?: string; fruText?: string; timestamp?: bigint } = {}
  let leftover = false
  if (validation & ERROR_DATA_ENTRY_VALID.fruId) {
    valid.fruId = guidAt(within, offset + OFFSET.fruId)
  } else if (!isZero(within, offset + OFFSET.fruId, offset + OFFSET.fruId + GUID_SIZE)) {
    unvalidated.fruId = guidAt(within, offset + OFFSET.fruId)
    leftover = true
  }
  if (validation & ERROR_DATA_ENTRY_VALID.fruText) {
    valid.fruText = readText(within, offset + OFFSET.fruText, FRU_TEXT_SIZE)
  } else if (within[offset + OFFSET.fruText] !== 0) {
    unvalidated.fruText = readText(within, offset + OFFSET.fruText, FRU_TEXT_SIZE)
    leftover = true
  }
  if (hasTimestamp) {
    const timestamp = view.getBigUint64(offset + OFFSET.timestamp)
    if (validation & ERROR_DATA_ENTRY_VALID.timestamp) {
      valid.timestamp = timestamp
    } else if (timestamp !== 0n) {
      unvalidated.timestamp = timestamp
      leftover = true
    }
  }
  const kept = keptAt(within, offset, [], TEXTS)
  const entry: ErrorDataEntry = {
    sectionType: guidAt(within, offset + OFFSET.sectionType),
    severity: view.getUint32(offset + OFFSET.severity),
    revision,
    flags: view.getUint8(offset + OFFSET.flags),
    ...valid,
    payload: within.subarray(body, body + length),
    ...(leftover ? { unvalidated } : {}),
    ...((validation & ~known) !== 0 ? { reservedValidation: validation & ~known } : {}),
    ...(kept === undefined ? {} : { kept })
  }
  return { entry, next: body + length }
}

/** Bytes of the entry with its payload. */
export function errorDataEntrySize(entry: ErrorDataEntry): number {
  return errorDataEntryHeaderSize(entry.revision) + entry.payload.length
}

/** Writes header and payload at `offset` and says where it ended; throws FormatError when a value does not fit. */
export function writeErrorDataEntry(bytes: Uint8Array, offset: number, entry: ErrorDataEntry): number {
  const headerSize = errorDataEntryHeaderSize(entry.revision)
  requireBytes(bytes, offset, headerSize + entry.payload.length, 'the encoded entry')
  requireFits(entry.severity, 32, offset + OFFSET.severity, 'Error Severity')
  requireFits(entry.revision, 16, offset + OFFSET.revision, 'Revision')
  requireFits(entry.flags, 8, offset + OFFSET.flags, 'Flags')
  const view = viewOf(bytes)
  const { fruId, fruText, timestamp, unvalidated } = entry
  const anyFruId = fruId ?? unvalidated?.fruId
  const anyFruText = fruText ?? unvalidated?.fruText
  const anyTimestamp = timestamp ?? unvalidated?.timestamp
  const validation =
    (fruId === undefined ? 0 : ERROR_DATA_ENTRY_VALID.fruId) |
    (fruText === undefined ? 0 : ERROR_DATA_ENTRY_VALID.fruText) |
    (timestamp === undefined ? 0 : ERROR_DATA_ENTRY_VALID.timestamp) |
    (entry.reservedValidation ?? 0)
  requireFits(validation, 8, offset + OFFSET.validation, 'Validation Bits')

  writeKept(bytes, offset, headerSize, entry.kept)
  writeGuid(bytes, offset + OFFSET.sectionType, entry.sectionType)
  view.setUint32(offset + OFFSET.severity, entry.severity)
  view.setUint16(offset + OFFSET.revision, entry.revision)
  view.setUint8(offset + OFFSET.validation, validation)
  view.setUint8(offset + OFFSET.flags, entry.flags)
  view.setUint32(offset + OFFSET.errorDataLength, entry.payload.length)
  if (anyFruId !== undefined) writeGuid(bytes, offset + OFFSET.fruId, anyFruId)
  if (anyFruText !== undefined) writeText(bytes, offset + OFFSET.fruText, FRU_TEXT_SIZE, anyFruText)
  if (anyTimestamp !== undefined) {
    if (headerSize !== ERROR_DATA_ENTRY_HEADER.long) {
      throw new FormatError('a timestamp needs revision 0x300 or later', offset, `revision ${hex(entry.revision)}`)
    }
    requireFits(anyTimestamp, 64, offset + OFFSET.timestamp, 'Timestamp')
    view.setBigUint64(offset + OFFSET.timestamp, anyTimestamp)
  }
  bytes.set(entry.payload, offset + headerSize)
  return offset + headerSize + entry.payload.length
}
