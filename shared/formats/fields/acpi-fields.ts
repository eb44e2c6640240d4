import { BERT_LAYOUT, BERT_SIZE } from '../bert.ts'
import { ACCESS_SIZE, ADDRESS_SPACE, GENERIC_ADDRESS_LAYOUT, GENERIC_ADDRESS_SIZE } from '../generic-address.ts'
import {
  GHES_LAYOUT,
  GHES_SIZE,
  GHES_TYPE,
  GHES_V2_LAYOUT,
  GHES_V2_SIZE,
  GHES_V2_TYPE,
  NO_RELATED_SOURCE
} from '../ghes-source.ts'
import { NOTIFICATION_LAYOUT, NOTIFICATION_SIZE, NOTIFY_NAME } from '../hest-notification.ts'
import { HEST_HEADER_SIZE, HEST_LAYOUT, hestSourceName, walkHest, type HestStep } from '../hest.ts'
import { code, codeOf, register } from './describe.ts'
import type { Field } from './field.ts'
import { numberAt } from './numbers.ts'
import { membersOf, rawField, structure, withRest, type Describe, type Descriptions } from './structure.ts'

const milliseconds: Describe = ({ value }) => ({ text: `${String(value)} ms` })

/** Of a member that is a structure, the fields of that. */
const inner = ({ children = [] }: Field): Partial<Field> => ({ children })

const genericAddress: Describe = ({ offset }, bytes) => inner(genericAddressFields('address', bytes, offset))
const notification: Describe = ({ offset }, bytes) => inner(notificationFields(bytes, offset))

export function genericAddressFields(name: string, bytes: Uint8Array, at: number): Field {
  const members = membersOf(GENERIC_ADDRESS_LAYOUT, {
    space: codeOf(ADDRESS_SPACE),
    accessSize: codeOf(ACCESS_SIZE),
    address: register
  })
  return structure({ name, bytes, at, size: GENERIC_ADDRESS_SIZE }, members)
}

function notificationFields(bytes: Uint8Array, at: number): Field {
  const windows = {
    pollInterval: milliseconds,
    switchToPollingThresholdWindow: milliseconds,
    errorThresholdWindow: milliseconds
  }
  return structure(
    { name: 'notification', bytes, at, size: NOTIFICATION_SIZE },
    membersOf(NOTIFICATION_LAYOUT, { type: code(NOTIFY_NAME), ...windows })
  )
}

const HEST: Descriptions = { signature: () => ({ text: 'Hardware Error Source Table' }) }
const SOURCE: Descriptions = {
  type: ({ value }) => ({ text: hestSourceName(Number(value)) ?? 'unknown' }),
  relatedSourceId: ({ value }) => (value === NO_RELATED_SOURCE ? { text: 'none' } : {}),
  enabled: ({ value }) => ({ text: value === 0 ? 'no' : 'yes' }),
  errorStatusAddress: genericAddress,
  notification,
  readAckRegister: genericAddress,
  preserve: register,
  write: register
}

/** The fields of a HEST, as far as its sources can be walked, and of what lies behind it. */
export function hestFields(bytes: Uint8Array): Field {
  const header = structure({ name: 'HEST', bytes, at: 0, size: HEST_HEADER_SIZE }, membersOf(HEST_LAYOUT, HEST))
  if (bytes.length <= HEST_HEADER_SIZE) return header
  const end = Math.max(HEST_HEADER_SIZE, Math.min(numberAt(bytes, 0, HEST_LAYOUT.length), bytes.length))
  const sources = [...walkHest(bytes)].filter((step) => step.bytes.length > 0).map((step) => sourceField(bytes, step))
  const children = [...(header.children ?? []), ...sources]
  const last = sources.at(-1)
  const next = last === undefined ? HEST_HEADER_SIZE : last.offset + last.length
  const table = withRest(children, bytes, next, end, 'rest')
  return { ...header, length: bytes.length, children: withRest(table, bytes, end, bytes.length, 'behind the table') }
}

function sourceField(table: Uint8Array, { index, offset, type, fits, size, bytes: { length } }: HestStep): Field {
  const bytes = table.subarray(0, offset + length)
  const name = `source ${index}`
  if (type === GHES_TYPE) return structure({ name, bytes, at: offset, size: GHES_SIZE }, membersOf(GHES_LAYOUT, SOURCE))
  if (type === GHES_V2_TYPE)
    return structure({ name, bytes, at: offset, size: GHES_V2_SIZE }, membersOf(GHES_V2_LAYOUT, SOURCE))
  const known = hestSourceName(type)
  const raw = rawField(name, bytes, offset, offset + length, fits || size === undefined ? 'unknown' : 'cut')
  return { ...raw, text: known === undefined ? `unknown source type ${type}` : `${known}, not taken apart here` }
}

/** The fields of a BERT and of what lies behind it. */
export function bertFields(bytes: Uint8Array): Field {
  const layout = membersOf(BERT_LAYOUT, { signature: () => ({ text: 'Boot Error Record Table' }), region: register })
  const field = structure({ name: 'BERT', bytes, at: 0, size: BERT_SIZE }, layout)
  const children = withRest(field.children ?? [], bytes, BERT_SIZE, bytes.length, 'behind the table')
  return { ...field, length: bytes.length, children }
}
