import { isZero, viewOf } from './bytes.ts'
import { CPER_DESCRIPTOR_SIZE, cperSectionAt, writeCperDescriptor, type CperSection } from './cper-section.ts'
import { FormatError, requireBytes, requireFits } from './format-error.ts'
import { GUID_SIZE, guidAt, writeGuid } from './guid.ts'
import { keptAt, unsaid, writeKept, type Kept } from './kept.ts'
import { offsetsOf, type Layout } from './layout.ts'

export const CPER_HEADER_SIZE = 128
/** "CPER", little-endian. */
const SIGNATURE_START = 0x52455043
const SIGNATURE_END = 0xffffffff

export const CPER_HEADER_LAYOUT = {
  signatureStart: [0, 'u32'],
  revision: [4, 'u16'],
  signatureEnd: [6, 'u32'],
  sectionCount: [10, 'u16'],
  severity: [12, 'u32'],
  validation: [16, 'u32'],
  recordLength: [20, 'u32'],
  timestamp: [24, 'u64'],
  platformId: [32, 'guid'],
  partitionId: [48, 'guid'],
  creatorId: [64, 'guid'],
  notificationType: [80, 'guid'],
  recordId: [96, 'u64'],
  flags: [104, 'u32'],
  persistenceInformation: [108, 'u64']
} as const satisfies Layout
const OFFSET = offsetsOf(CPER_HEADER_LAYOUT)

/** The 12 bytes behind Persistence Information. */
const UNSAID = unsaid(CPER_HEADER_SIZE, [[0, 116]])

export const CPER_HEADER_VALID = { platformId: 1 << 0, timestamp: 1 << 1, partitionId: 1 << 2 } as const

/** Flags of the record header, bit numbers. */
export const CPER_FLAG = { recovered: 1 << 0, previousError: 1 << 1, simulated: 1 << 2 } as const

interface Marked {
  readonly platformId?: string
  /** BCD word, see `timestamp.ts`. */
  readonly timestamp?: bigint
  readonly partitionId?: string
}

/**
 * UEFI CPER record: what an OS stores or a management controller keeps. Not what firmware publishes to the OS.
 *
 * Spec: UEFI 2.10, N.2.1 and N.2.2.
 * Fidelity: exact.
 */
export interface CperRecord extends Marked {
  readonly revision: number
  readonly severity: number
  readonly creatorId: string
  readonly notificationType: string
  readonly recordId: bigint
  readonly flags: number
  readonly persistenceInformation: bigint
  readonly sections: readonly CperSection[]
  /** Non-zero content of fields whose validation bit is clear; it has no meaning and is kept for the bytes only. */
  readonly unvalidated?: Marked
  /** Validation bits without a field. */
  readonly reservedValidation?: number
  /** The reserved bytes of the header. */
  readonly kept?: readonly Kept[]
  /** The bytes of the record behind everything else in it. */
  readonly slack?: Uint8Array
}

/** Bytes of the record at the start of the bytes, by its own account; they hold a header. */
export function cperRecordLength(bytes: Uint8Array): number {
  return viewOf(bytes).getUint32(OFFSET.recordLength)
}

/** Whether the bytes begin as a UEFI CPER record does. */
export function isCperRecord(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && viewOf(bytes).getUint32(OFFSET.signatureStart) === SIGNATURE_START
}

/**
 * The record at the start of the bytes; what follows it is not looked at. Throws FormatError for a wrong signature, a
 * record without sections, and lengths or section offsets that leave the record.
 */
export function decodeCperRecord(bytes: Uint8Array): CperRecord {
  requireBytes(bytes, 0, CPER_HEADER_SIZE, 'a CPER record header')
  if (!isCperRecord(bytes)) throw new FormatError('a CPER record starts with "CPER"', OFFSET.signatureStart)
  const view = viewOf(bytes)
  if (view.getUint32(OFFSET.signatureEnd) !== SIGNATURE_END) {
    throw new FormatError('Signature End is 0xffffffff', OFFSET.signatureEnd)
  }
  const sectionCount = view.getUint16(OFFSET.sectionCount)
  if (sectionCount === 0) throw new FormatError('a CPER record has at least one section', OFFSET.sectionCount)
  const recordLength = cperRecordLength(bytes)
  const descriptorsEnd = CPER_HEADER_SIZE + sectionCount * CPER_DESCRIPTOR_SIZE
  if (recordLength < descriptorsEnd) {
    throw new FormatError('Record Length holds header and descriptors', OFFSET.recordLength, `${recordLength}`)
  }
  requireBytes(bytes, 0, recordLength, 'Record Length: the record')
  const record = bytes.subarray(0, recordLength)
  const sections: CperSection[] = []
  let nextBody = descriptorsEnd
  let recordEnd = descriptorsEnd
  for (let i = 0; i < sectionCount; i++) {
    const { section, end } = cperSectionAt(record, CPER_HEADER_SIZE + i * CPER_DESCRIPTOR_SIZE, nextBody)
    sections.push(section)
    nextBody = end
    recordEnd = Math.max(recordEnd, end)
  }
  const kept = keptAt(record, 0, UNSAID)
  const validation = view.getUint32(OFFSET.validation)
  const reserved =
    (validation & ~(CPER_HEADER_VALID.platformId | CPER_HEADER_VALID.timestamp | CPER_HEADER_VALID.partitionId)) >>> 0
  const marked = readMarked(record, validation, true)
  const unvalidated = readMarked(record, validation, false)
  return {
    revision: view.getUint16(OFFSET.revision),
    severity: view.getUint32(OFFSET.severity),
    ...marked,
    creatorId: guidAt(record, OFFSET.creatorId),
    notificationType: guidAt(record, OFFSET.notificationType),
    recordId: view.getBigUint64(OFFSET.recordId),
    flags: view.getUint32(OFFSET.flags),
    persistenceInformation: view.getBigUint64(OFFSET.persistenceInformation),
    sections,
    ...(Object.keys(unvalidated).length > 0 ? { unvalidated } : {}),
    ...(reserved !== 0 ? { reservedValidation: reserved } : {}),
    ...(kept === undefined ? {} : { kept }),
    ...(recordEnd < recordLength ? { slack: record.subarray(recordEnd) } : {})
  }
}

/** The fields with a validation bit: those that have it set, or those that have it clear and are not zero. */
function readMarked(record: Uint8Array, validation: number, set: boolean): Marked {
  const wanted = (bit: number, offset: number, size: number): boolean =>
    (validation & bit) !== 0 ? set : !set && !isZero(record, offset, offset + size)
  return {
    ...(wanted(CPER_HEADER_VALID.platformId, OFFSET.platformId, GUID_SIZE)
      ? { platformId: guidAt(record, OFFSET.platformId) }
      : {}),
    ...(wanted(CPER_HEADER_VALID.timestamp, OFFSET.timestamp, 8)
      ? { timestamp: viewOf(record).getBigUint64(OFFSET.timestamp) }
      : {}),
    ...(wanted(CPER_HEADER_VALID.partitionId, OFFSET.partitionId, GUID_SIZE)
      ? { partitionId: guidAt(record, OFFSET.partitionId) }
      : {})
  }
}

/**
 * Encodes a record, count, lengths and offsets computed; throws FormatError when a value does not fit, or when a body lies
 * over something that has other bytes there.
 */
export function encodeCperRecord(record: CperRecord): Uint8Array {
  const { sections } = record
  if (sections.length === 0) throw new FormatError('a CPER record has at least one section', OFFSET.sectionCount)
  requireFits(sections.length, 16, OFFSET.sectionCount, 'Section Count')
  requireFits(record.revision, 16, OFFSET.revision, 'Revision')
  requireFits(record.severity, 32, OFFSET.severity, 'Error Severity')
  requireFits(record.flags, 32, OFFSET.flags, 'Flags')
  requireFits(record.recordId, 64, OFFSET.recordId, 'Record ID')
  requireFits(record.persistenceInformation, 64, OFFSET.persistenceInformation, 'Persistence Information')
  const { places, end } = layOut(sections)
  const length = end + (record.slack?.length ?? 0)

  const bytes = new Uint8Array(length)
  const view = viewOf(bytes)
  if (record.slack !== undefined) bytes.set(record.slack, end)
  for (const { section, offset } of places) {
    if (section.gap !== undefined) bytes.set(section.gap, offset - section.gap.length)
  }
  for (const { section, offset } of places) bytes.set(section.body, offset)
  bytes.fill(0, 0, CPER_HEADER_SIZE + sections.length * CPER_DESCRIPTOR_SIZE)
  writeKept(bytes, 0, CPER_HEADER_SIZE, record.kept)
  view.setUint32(OFFSET.signatureStart, SIGNATURE_START)
  view.setUint16(OFFSET.revision, record.revision)
  view.setUint32(OFFSET.signatureEnd, SIGNATURE_END)
  view.setUint16(OFFSET.sectionCount, sections.length)
  view.setUint32(OFFSET.severity, record.severity)
  view.setUint32(OFFSET.recordLength, length)
  writeMarked(bytes, record)
  writeGuid(bytes, OFFSET.creatorId, record.creatorId)
  writeGuid(bytes, OFFSET.notificationType, record.notificationType)
  view.setBigUint64(OFFSET.recordId, record.recordId)
  view.setUint32(OFFSET.flags, record.flags)
  view.setBigUint64(OFFSET.persistenceInformation, record.persistenceInformation)
  for (const [i, { section, offset }] of places.entries()) {
    writeCperDescriptor(bytes, CPER_HEADER_SIZE + i * CPER_DESCRIPTOR_SIZE, section, offset)
  }
  for (const { section, offset } of places) requireWhole(bytes, section.body, offset)
  return bytes
}

interface Place {
  readonly section: CperSection
  readonly offset: number
}

/** Where each body lies: behind its gap behind the one before, or at its own offset; and where the last of them ends. */
function layOut(sections: readonly CperSection[]): { readonly places: readonly Place[]; readonly end: number } {
  let next = CPER_HEADER_SIZE + sections.length * CPER_DESCRIPTOR_SIZE
  let end = next
  const places = sections.map((section) => {
    const offset = section.offset ?? next + (section.gap?.length ?? 0)
    next = offset + section.body.length
    end = Math.max(end, next)
    return { section, offset }
  })
  return { places, end }
}

/** Bodies with an offset of their own may lie over others, or over the header, as long as all agree on the bytes. */
function requireWhole(bytes: Uint8Array, body: Uint8Array, offset: number): void {
  if (body.every((byte, i) => bytes[offset + i] === byte)) return
  throw new FormatError('what lies over a section body has the same bytes', offset)
}

function writeMarked(bytes: Uint8Array, record: CperRecord): void {
  const platformId = record.platformId ?? record.unvalidated?.platformId
  const timestamp = record.timestamp ?? record.unvalidated?.timestamp
  const partitionId = record.partitionId ?? record.unvalidated?.partitionId
  const validation =
    (record.platformId === undefined ? 0 : CPER_HEADER_VALID.platformId) |
    (record.timestamp === undefined ? 0 : CPER_HEADER_VALID.timestamp) |
    (record.partitionId === undefined ? 0 : CPER_HEADER_VALID.partitionId) |
    (record.reservedValidation ?? 0)
  const view = viewOf(bytes)
  view.setUint32(OFFSET.validation, validation)
  if (platformId !== undefined) writeGuid(bytes, OFFSET.platformId, platformId)
  if (partitionId !== undefined) writeGuid(bytes, OFFSET.partitionId, partitionId)
  if (timestamp !== undefined) {
    requireFits(timestamp, 64, OFFSET.timestamp, 'Timestamp')
    view.setBigUint64(OFFSET.timestamp, timestamp)
  }
}
