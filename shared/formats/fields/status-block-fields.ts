import {
  ERROR_DATA_ENTRY_HEADER,
  ERROR_DATA_ENTRY_LAYOUT,
  ERROR_DATA_ENTRY_VALID,
  SECTION_FLAG,
  errorDataEntryHeaderSize
} from '../error-data-entry.ts'
import {
  BLOCK_STATUS_PARTS,
  ERROR_STATUS_HEADER_SIZE,
  ERROR_STATUS_LAYOUT,
  decodeErrorStatusHeader
} from '../error-status-block.ts'
import { guidAt } from '../guid.ts'
import { guid, revision, sectionType, severity, timestamp, validation, word } from './describe.ts'
import type { Field } from './field.ts'
import { numberAt } from './numbers.ts'
import { bodyFields } from './section-fields.ts'
import { membersOf, rawField, structure, withRest, type Descriptions } from './structure.ts'

const HEADER: Descriptions = { blockStatus: word(BLOCK_STATUS_PARTS), severity }
const ENTRY: Descriptions = {
  sectionType,
  severity,
  revision,
  validation: validation(ERROR_DATA_ENTRY_VALID),
  flags: word(SECTION_FLAG),
  fruId: guid,
  timestamp
}

function header(name: string, bytes: Uint8Array): Field {
  return structure({ name, bytes, at: 0, size: ERROR_STATUS_HEADER_SIZE }, membersOf(ERROR_STATUS_LAYOUT, HEADER))
}

/** The fields of the header alone, as a kernel reads it first, and of what lies behind it. */
export function statusHeaderFields(bytes: Uint8Array): Field {
  const field = header('header of a status block', bytes)
  const children = withRest(field.children ?? [], bytes, ERROR_STATUS_HEADER_SIZE, bytes.length, 'behind the header')
  return { ...field, length: bytes.length, children }
}

/** The fields of a generic error status block, as far as it goes, and of what lies behind it. */
export function statusBlockFields(bytes: Uint8Array): Field {
  const head = header('generic error status block', bytes)
  if (bytes.length < ERROR_STATUS_HEADER_SIZE) return head
  const { dataLength, rawDataOffset, rawDataLength } = decodeErrorStatusHeader(bytes)
  const dataEnd = Math.min(ERROR_STATUS_HEADER_SIZE + dataLength, bytes.length)
  const children = [...(head.children ?? []), ...entryFields(bytes.subarray(0, dataEnd))]
  const rawEnd = Math.min(rawDataOffset + rawDataLength, bytes.length)
  const hasRaw = rawDataLength > 0 && rawDataOffset >= dataEnd && rawDataOffset < bytes.length
  if (hasRaw) {
    if (rawDataOffset > dataEnd) children.push(rawField('gap', bytes, dataEnd, rawDataOffset, 'behind'))
    children.push(rawField('rawData', bytes, rawDataOffset, rawEnd))
  }
  const end = hasRaw ? rawEnd : dataEnd
  return { ...head, length: bytes.length, children: withRest(children, bytes, end, bytes.length, 'behind the block') }
}

/** The entries, the last of which ends with the bytes at the latest. */
function entryFields(bytes: Uint8Array): readonly Field[] {
  const fields: Field[] = []
  for (let at = ERROR_STATUS_HEADER_SIZE; at < bytes.length;) {
    const field = entryField(`entry ${fields.length}`, bytes, at)
    fields.push(field)
    at = field.offset + field.length
  }
  return fields
}

function entryField(name: string, bytes: Uint8Array, at: number): Field {
  const size = errorDataEntryHeaderSize(numberAt(bytes, at, ERROR_DATA_ENTRY_LAYOUT.revision))
  const { timestamp: time, ...short } = ERROR_DATA_ENTRY_LAYOUT
  const layout = size === ERROR_DATA_ENTRY_HEADER.long ? { ...short, timestamp: time } : short
  const bits = numberAt(bytes, at, ERROR_DATA_ENTRY_LAYOUT.validation)
  const valid: Readonly<Record<string, number>> = ERROR_DATA_ENTRY_VALID
  const isValid = (member: string): boolean | undefined =>
    valid[member] === undefined ? undefined : (bits & valid[member]) !== 0
  const header = structure({ name, bytes, at, size }, membersOf(layout, ENTRY, isValid))
  const from = at + size
  if (from >= bytes.length) return header
  const to = Math.min(from + numberAt(bytes, at, ERROR_DATA_ENTRY_LAYOUT.errorDataLength), bytes.length)
  const body = bodyFields(guidAt(bytes, at + ERROR_DATA_ENTRY_LAYOUT.sectionType[0]), bytes, from, to)
  return { ...header, length: to - at, children: [...(header.children ?? []), ...body] }
}
