import { CPER_FLAG, CPER_HEADER_LAYOUT, CPER_HEADER_SIZE, CPER_HEADER_VALID } from '../cper-record.ts'
import { CPER_DESCRIPTOR_LAYOUT, CPER_DESCRIPTOR_SIZE, CPER_DESCRIPTOR_VALID } from '../cper-section.ts'
import { SECTION_FLAG } from '../error-data-entry.ts'
import { guidAt } from '../guid.ts'
import { guid, notificationType, revision, sectionType, severity, timestamp, validation, word } from './describe.ts'
import type { Field } from './field.ts'
import { numberAt } from './numbers.ts'
import { bodyFields } from './section-fields.ts'
import { membersOf, rawField, structure, withRest, type Descriptions } from './structure.ts'

const HEADER: Descriptions = {
  revision,
  severity,
  validation: validation(CPER_HEADER_VALID),
  timestamp,
  platformId: guid,
  partitionId: guid,
  creatorId: guid,
  notificationType,
  flags: word(CPER_FLAG)
}
const DESCRIPTOR: Descriptions = {
  revision,
  validation: validation(CPER_DESCRIPTOR_VALID),
  flags: word(SECTION_FLAG),
  sectionType,
  fruId: guid,
  severity
}

/** The fields of a UEFI CPER record, as far as it goes, and of what lies behind it. */
export function cperRecordFields(bytes: Uint8Array): Field {
  const header = structure(
    { name: 'CPER record', bytes, at: 0, size: CPER_HEADER_SIZE },
    membersOf(CPER_HEADER_LAYOUT, HEADER, marked(CPER_HEADER_VALID, numberAt(bytes, 0, CPER_HEADER_LAYOUT.validation)))
  )
  if (bytes.length <= CPER_HEADER_SIZE) return header
  const recordLength = numberAt(bytes, 0, CPER_HEADER_LAYOUT.recordLength)
  const end = Math.max(CPER_HEADER_SIZE, Math.min(recordLength, bytes.length))
  const record = bytes.subarray(0, end)
  const descriptors = descriptorFields(record, numberAt(bytes, 0, CPER_HEADER_LAYOUT.sectionCount))
  const bodies = sectionBodies(record, descriptors)
  const children = [...(header.children ?? []), ...descriptors, ...bodies]
  const last = children.at(-1)
  const used = last === undefined ? end : last.offset + last.length
  const whole = withRest(children, bytes, used, end, 'slack')
  return { ...header, length: bytes.length, children: withRest(whole, bytes, end, bytes.length, 'behind the record') }
}

function marked(bits: Readonly<Record<string, number>>, validationBits: number) {
  return (name: string): boolean | undefined =>
    bits[name] === undefined ? undefined : (validationBits & bits[name]) !== 0
}

function descriptorFields(record: Uint8Array, count: number): readonly Field[] {
  const fields: Field[] = []
  for (let at = CPER_HEADER_SIZE; fields.length < count && at < record.length; at += CPER_DESCRIPTOR_SIZE) {
    const valid = marked(CPER_DESCRIPTOR_VALID, numberAt(record, at, CPER_DESCRIPTOR_LAYOUT.validation))
    const name = `section descriptor ${fields.length}`
    fields.push(
      structure(
        { name, bytes: record, at, size: CPER_DESCRIPTOR_SIZE },
        membersOf(CPER_DESCRIPTOR_LAYOUT, DESCRIPTOR, valid)
      )
    )
  }
  return fields
}

/** The bodies by where they lie; one that begins in another, or in the descriptors, has its bytes there and is left out. */
function sectionBodies(record: Uint8Array, descriptors: readonly Field[]): readonly Field[] {
  const places = descriptors
    .filter(({ role }) => role !== 'cut')
    .map(({ offset: at }) => {
      const from = numberAt(record, at, CPER_DESCRIPTOR_LAYOUT.sectionOffset)
      const to = Math.min(from + numberAt(record, at, CPER_DESCRIPTOR_LAYOUT.sectionLength), record.length)
      return { from, to, type: guidAt(record, at + CPER_DESCRIPTOR_LAYOUT.sectionType[0]) }
    })
    .filter(({ from, to }) => from < to)
    .toSorted((a, b) => a.from - b.from)
  const fields: Field[] = []
  const last = descriptors.at(-1)
  let next = last === undefined ? CPER_HEADER_SIZE : last.offset + last.length
  for (const { from, to, type } of places) {
    if (from < next) continue
    if (from > next) fields.push(rawField('gap', record, next, from, 'behind'))
    fields.push(...bodyFields(type, record, from, to))
    next = to
  }
  return fields
}
