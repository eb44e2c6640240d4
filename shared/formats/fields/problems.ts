import { decodeCperRecord } from '../cper-record.ts'
import {
  ERROR_STATUS_HEADER_SIZE,
  decodeErrorStatusBlock,
  decodeErrorStatusHeader,
  errorDataEntries
} from '../error-status-block.ts'
import { faultOf, type Fault } from '../format-error.ts'
import { sectionRemarks } from '../section-remarks.ts'
import { readSection } from '../sections.ts'

/** The rule at which a decoder stops; none where it reads the bytes. */
export function problemsOf(decode: (bytes: Uint8Array) => unknown, bytes: Uint8Array): readonly Fault[] {
  try {
    decode(bytes)
    return []
  } catch (error) {
    return [faultOf(error)]
  }
}

/** Rules that a section body breaks, whether or not it can be read all the same; it begins `from` bytes later. */
export function sectionProblems(sectionType: string, body: Uint8Array, from = 0): readonly Fault[] {
  return sectionRemarks(readSection(sectionType, body)).map((fault) => ({ ...fault, offset: from + fault.offset }))
}

/** Of a status block and of the sections in it, as far as they can be found. */
export function statusBlockProblems(bytes: Uint8Array): readonly Fault[] {
  const own = problemsOf(decodeErrorStatusBlock, bytes)
  if (bytes.length < ERROR_STATUS_HEADER_SIZE) return own
  const { entries } = errorDataEntries(bytes, decodeErrorStatusHeader(bytes))
  const inside = entries.flatMap(({ entry, payloadAt }) => sectionProblems(entry.sectionType, entry.payload, payloadAt))
  return [...inside, ...own]
}

/** Of a UEFI CPER record, and of its sections where it can be read. */
export function cperRecordProblems(bytes: Uint8Array): readonly Fault[] {
  const own = problemsOf(decodeCperRecord, bytes)
  if (own.length > 0) return own
  return decodeCperRecord(bytes).sections.flatMap(({ sectionType, body }) =>
    sectionProblems(sectionType, body, body.byteOffset - bytes.byteOffset)
  )
}
