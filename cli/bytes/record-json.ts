import {
  cperRecordLength,
  decodeCperRecord,
  encodeCperRecord,
  type CperRecord
} from '../../shared/formats/cper-record.ts'
import { detectContainer } from '../../shared/formats/container.ts'
import {
  decodeErrorStatusBlock,
  encodeErrorStatusBlock,
  type ErrorStatusBlock
} from '../../shared/formats/error-status-block.ts'
import { FormatError } from '../../shared/formats/format-error.ts'
import { encodeSection, readSection, sectionKind, type Section } from '../../shared/formats/sections.ts'
import { nearest } from '../../shared/contracts/nearest.ts'
import { UsageError } from '../command.ts'
import { differsAt, fromJson, partsOf, toJson, type Json } from './json-value.ts'

type Members = Readonly<Record<string, unknown>>

/**
 * A status block or a UEFI CPER record as JSON that `recordOf` turns into the same bytes. A body that is understood is
 * `section: { kind, body }`; one that is not, or would not come back as it was, stays bytes. What lies behind the record is
 * `behind`. Throws FormatError.
 */
export function recordJson(bytes: Uint8Array): Json {
  const container = detectContainer(bytes)
  if (container === 'cper-record') {
    const { sections, ...record } = decodeCperRecord(bytes)
    const told = {
      ...record,
      sections: sections.map(({ body, ...more }) => ({ ...more, ...bodyJson(more.sectionType, body) }))
    }
    return withBehind(container, told, bytes, cperRecordLength(bytes))
  }
  const block = decodeErrorStatusBlock(bytes)
  const entries = block.entries.map(({ payload, ...more }) => ({ ...more, ...bodyJson(more.sectionType, payload) }))
  return withBehind(container, { ...block, entries }, bytes, encodeErrorStatusBlock(block).length)
}

function withBehind(container: string, told: object, bytes: Uint8Array, length: number): Json {
  return toJson({ container, ...told, ...(length < bytes.length ? { behind: bytes.subarray(length) } : {}) })
}

function bodyJson(sectionType: string, bytes: Uint8Array): object {
  const section = readSection(sectionType, bytes)
  if (section.unknown || !isSame(encodeSection(section), bytes)) return { bytes }
  return { section: { kind: section.kind, body: section.body } }
}

const isSame = (a: Uint8Array, b: Uint8Array) => a.length === b.length && a.every((byte, index) => byte === b[index])

/** The bytes that JSON of `recordJson` stands for. Throws UsageError that names the field, or the rule that is broken. */
export function recordOf(json: Json): Uint8Array {
  const bytes = encoded(fromJson(json))
  // Whatever the encoder has not asked for was no field of the record.
  const at = differsAt(json, recordJson(bytes))
  if (at === undefined) return bytes
  const again = fromJson(recordJson(bytes)) as Members
  throw new UsageError(`${at}: ${whatOf(at, again)}`)
}

function encoded(value: unknown): Uint8Array {
  if (!isMembers(value)) throw new UsageError('a record is an object with its container')
  const { container, behind = new Uint8Array(), ...record } = value
  if (!(behind instanceof Uint8Array)) throw new UsageError('behind: bytes are { "hex": "…" }')
  try {
    const bytes = container === 'cper-record' ? cperRecord(record) : statusBlock(record, container)
    return Buffer.concat([bytes, behind])
  } catch (error) {
    if (error instanceof FormatError) throw new UsageError(error.message)
    if (error instanceof TypeError || error instanceof RangeError) {
      throw new UsageError(
        `a field is missing or of another kind: 64-bit numbers are "0x…", bytes { "hex": "…" } (${error.message})`
      )
    }
    throw error
  }
}

function cperRecord(record: Members): Uint8Array {
  const sections = listOf(record, 'sections').map(({ section, bytes, ...more }) => ({
    ...more,
    body: bodyOf(more, section, bytes)
  }))
  return encodeCperRecord({ ...record, sections } as unknown as CperRecord)
}

function statusBlock(block: Members, container: unknown): Uint8Array {
  if (container !== 'error-status-block') {
    throw new UsageError(`container: error-status-block or cper-record, not ${JSON.stringify(container)}`)
  }
  const entries = listOf(block, 'entries').map(({ section, bytes, ...more }) => ({
    ...more,
    payload: bodyOf(more, section, bytes)
  }))
  return encodeErrorStatusBlock({ ...block, entries } as unknown as ErrorStatusBlock)
}

function listOf(record: Members, name: string): readonly Members[] {
  const list = record[name]
  if (Array.isArray(list) && list.every(isMembers)) return list
  throw new UsageError(`${name}: a list of objects`)
}

function bodyOf({ sectionType }: Members, section: unknown, bytes: unknown): Uint8Array {
  if (bytes instanceof Uint8Array && section === undefined) return bytes
  if (!isMembers(section)) throw new UsageError('each section has either section or bytes')
  const { kind, body } = section
  if (sectionKind(String(sectionType)) !== kind)
    throw new UsageError(`section.kind: ${String(kind)} is not of ${String(sectionType)}`)
  return encodeSection({ unknown: false, kind, body } as unknown as Section)
}

const isMembers = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)

/** Why a field did not come back. */
function whatOf(at: string, again: Members): string {
  const path = partsOf(at)
  const name = path.pop() ?? ''
  const within = path.reduce<unknown>(
    (part, key) => (isMembers(part) || Array.isArray(part) ? (part as never)[key] : undefined),
    again
  )
  const names = isMembers(within) ? Object.keys(within) : []
  if (names.includes(name)) return 'the format has another value here: lengths and counts follow from the rest'
  const meant = nearest(name, names)
  return `there is no such field here${meant === undefined ? '' : `; did you mean ${meant}?`}`
}
