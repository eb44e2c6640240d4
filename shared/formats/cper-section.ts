import { isZero, readText, viewOf, writeText } from './bytes.ts'
import { requireBytes, requireFits } from './format-error.ts'
import { GUID_SIZE, guidAt, writeGuid } from './guid.ts'
import { keptAt, unsaid, writeKept, type Kept } from './kept.ts'
import { offsetsOf, type Layout } from './layout.ts'

export const CPER_DESCRIPTOR_SIZE = 72

const FRU_TEXT_SIZE = 20
export const CPER_DESCRIPTOR_LAYOUT = {
  sectionOffset: [0, 'u32'],
  sectionLength: [4, 'u32'],
  revision: [8, 'u16'],
  validation: [10, 'u8'],
  flags: [12, 'u32'],
  sectionType: [16, 'guid'],
  fruId: [32, 'guid'],
  severity: [48, 'u32'],
  fruText: [52, 'text', FRU_TEXT_SIZE]
} as const satisfies Layout
const OFFSET = offsetsOf(CPER_DESCRIPTOR_LAYOUT)
const TEXTS = [[OFFSET.fruText, FRU_TEXT_SIZE]] as const
/** All but byte 11. */
const UNSAID = unsaid(CPER_DESCRIPTOR_SIZE, [
  [OFFSET.sectionOffset, 11],
  [OFFSET.flags, 60]
])

export const CPER_DESCRIPTOR_VALID = { fruId: 1 << 0, fruText: 1 << 1 } as const

interface Marked {
  readonly fruId?: string
  readonly fruText?: string
}

/**
 * A section of a UEFI CPER record: its descriptor and its body. The flags are those of `SECTION_FLAG`.
 *
 * Spec: UEFI 2.10, N.2.2.
 * Fidelity: exact.
 */
export interface CperSection extends Marked {
  /** GUID, lower case. */
  readonly sectionType: string
  readonly revision: number
  readonly flags: number
  readonly severity: number
  /** A part of the bytes it was decoded from. */
  readonly body: Uint8Array
  /** The bytes between the body (or the descriptors) before it and this one. */
  readonly gap?: Uint8Array
  /** From the start of the record, only when the body begins before the one before it ends. */
  readonly offset?: number
  /** Non-zero content of fields whose validation bit is clear; it has no meaning and is kept for the bytes only. */
  readonly unvalidated?: Marked
  /** Validation bits without a field. */
  readonly reservedValidation?: number
  /** The reserved byte of the descriptor, and what follows the first NUL of the FRU text. */
  readonly kept?: readonly Kept[]
}

/** What a descriptor keeps behind its FRU text, with offsets from the start of the text. */
export function keptBehindFruText({ kept = [] }: CperSection): readonly Kept[] {
  return kept
    .filter(({ offset }) => offset > OFFSET.fruText)
    .map(({ offset, bytes }) => ({ offset: offset - OFFSET.fruText, bytes }))
}

/** The section whose descriptor is at `at`; `expected` is where its body would directly follow the one before. */
export function cperSectionAt(
  record: Uint8Array,
  at: number,
  expected: number
): { readonly section: CperSection; readonly end: number } {
  requireBytes(record, at, CPER_DESCRIPTOR_SIZE, 'a section descriptor')
  const view = viewOf(record)
  const offset = view.getUint32(at + OFFSET.sectionOffset)
  const length = view.getUint32(at + OFFSET.sectionLength)
  requireBytes(record, offset, length, 'Section Length: the section')
  const validation = view.getUint8(at + OFFSET.validation)
  const reserved = validation & ~(CPER_DESCRIPTOR_VALID.fruId | CPER_DESCRIPTOR_VALID.fruText)
  const unvalidated = readMarked(record, at, validation, false)
  const kept = keptAt(record, at, UNSAID, TEXTS)
  const section: CperSection = {
    sectionType: guidAt(record, at + OFFSET.sectionType),
    revision: view.getUint16(at + OFFSET.revision),
    flags: view.getUint32(at + OFFSET.flags),
    ...readMarked(record, at, validation, true),
    severity: view.getUint32(at + OFFSET.severity),
    body: record.subarray(offset, offset + length),
    ...(offset > expected ? { gap: record.subarray(expected, offset) } : offset < expected ? { offset } : {}),
    ...(Object.keys(unvalidated).length > 0 ? { unvalidated } : {}),
    ...(reserved !== 0 ? { reservedValidation: reserved } : {}),
    ...(kept === undefined ? {} : { kept })
  }
  return { section, end: offset + length }
}

/**
 * The fields with a validation bit: those that have it set, or those that have it clear and are not zero. Of a text, the
 * first byte decides.
 */
function readMarked(record: Uint8Array, at: number, validation: number, set: boolean): Marked {
  const wanted = (bit: number, offset: number, size: number): boolean =>
    (validation & bit) !== 0 ? set : !set && !isZero(record, at + offset, at + offset + size)
  return {
    ...(wanted(CPER_DESCRIPTOR_VALID.fruId, OFFSET.fruId, GUID_SIZE)
      ? { fruId: guidAt(record, at + OFFSET.fruId) }
      : {}),
    ...(wanted(CPER_DESCRIPTOR_VALID.fruText, OFFSET.fruText, 1)
      ? { fruText: readText(record, at + OFFSET.fruText, FRU_TEXT_SIZE) }
      : {})
  }
}

/** Writes the descriptor at `at`, of a body at `offset`; throws FormatError when a value does not fit. */
export function writeCperDescriptor(bytes: Uint8Array, at: number, section: CperSection, offset: number): void {
  const { body, unvalidated } = section
  requireBytes(bytes, at, CPER_DESCRIPTOR_SIZE, 'a section descriptor')
  requireFits(section.revision, 16, at + OFFSET.revision, 'Revision')
  requireFits(section.flags, 32, at + OFFSET.flags, 'Flags')
  requireFits(section.severity, 32, at + OFFSET.severity, 'Section Severity')
  const validation =
    (section.fruId === undefined ? 0 : CPER_DESCRIPTOR_VALID.fruId) |
    (section.fruText === undefined ? 0 : CPER_DESCRIPTOR_VALID.fruText) |
    (section.reservedValidation ?? 0)
  requireFits(validation, 8, at + OFFSET.validation, 'Validation Bits')
  const fruId = section.fruId ?? unvalidated?.fruId
  const fruText = section.fruText ?? unvalidated?.fruText
  const view = viewOf(bytes)
  writeKept(bytes, at, CPER_DESCRIPTOR_SIZE, section.kept)
  view.setUint32(at + OFFSET.sectionOffset, offset)
  view.setUint32(at + OFFSET.sectionLength, body.length)
  view.setUint16(at + OFFSET.revision, section.revision)
  view.setUint8(at + OFFSET.validation, validation)
  view.setUint32(at + OFFSET.flags, section.flags)
  writeGuid(bytes, at + OFFSET.sectionType, section.sectionType)
  if (fruId !== undefined) writeGuid(bytes, at + OFFSET.fruId, fruId)
  view.setUint32(at + OFFSET.severity, section.severity)
  if (fruText !== undefined) writeText(bytes, at + OFFSET.fruText, FRU_TEXT_SIZE, fruText)
}
