import type { ByteView } from './byte-view.ts'
import { isZero } from './bytes.ts'
import { FormatError, requireFits } from './format-error.ts'
import { keptAt, unsaid, writeKept, type Kept, type Said, type Unsaid } from './kept.ts'

/**
 * Structures whose fields each have a validation bit, written as a table in the manual's order: name, byte offset, type,
 * validation bit, and for a part of a word its lowest bit and width. `bytes` has its length in bytes as width. A field
 * whose bit is clear is absent; fields that share a bit are there together, and one left out is written as 0.
 */
export type FieldType = 'u8' | 'u16' | 'u32' | 'u64' | 'bytes'
type FieldValue = number | bigint | Uint8Array
export type FieldRow = readonly [
  name: string,
  offset: number,
  type: FieldType,
  valid: number,
  shift?: number,
  width?: number
]

export type FieldsOf<Rows extends readonly FieldRow[]> = {
  readonly [Row in Rows[number] as Row[0]]?: Row[2] extends 'u64'
    ? bigint
    : Row[2] extends 'bytes'
      ? Uint8Array
      : number
}

/** Fields with their validation bit set, and what else was on the wire. */
export type Validated<Rows extends readonly FieldRow[]> = FieldsOf<Rows> & {
  /** Non-zero content of fields whose validation bit is clear; it has no meaning and is kept for the bytes only. */
  readonly unvalidated?: FieldsOf<Rows>
  /** Validation bits without a field. */
  readonly reservedValidation?: bigint
  /** Reserved bytes and bits. */
  readonly kept?: readonly Kept[]
}

interface CompiledField {
  readonly name: string
  readonly offset: number
  readonly type: FieldType
  readonly size: number
  readonly valid: number
  readonly shift: number
  readonly width: number
  /** Other rows over the same bytes: their validation mask, the bits they cover, and whether they come earlier. */
  readonly overlaps: readonly { readonly valid: number; readonly bits: number; readonly earlier: boolean }[]
}

export interface FieldTable<Rows extends readonly FieldRow[]> {
  readonly rows: Rows
  readonly compiled: readonly CompiledField[]
  /** All validation bits that have a field. */
  readonly valid: number
  /** Bytes of the structure. */
  readonly size: number
  readonly unsaid: Unsaid
}

const SIZE = { u8: 1, u16: 2, u32: 4, u64: 8, bytes: 0 } as const

function bitsOf([, , type, , shift = 0, width = 8 * SIZE[type]]: FieldRow): number {
  return width >= 32 ? 0xffffffff : ((1 << width) - 1) << shift
}

/** The fields with a validation bit of a structure of `size` bytes; `others` are the places of the fields without one. */
export function fieldTable<const Rows extends readonly FieldRow[]>(
  size: number,
  others: readonly Said[],
  rows: Rows
): FieldTable<Rows> {
  const compiled = rows.map((row, index): CompiledField => {
    const [name, offset, type, valid, shift = 0, width = 8 * SIZE[type]] = row
    const overlaps = rows.flatMap((other, otherIndex) =>
      other !== row && other[1] === offset && (bitsOf(other) & bitsOf(row)) !== 0
        ? [{ valid: (1 << other[3]) >>> 0, bits: bitsOf(other), earlier: otherIndex < index }]
        : []
    )
    return {
      name,
      offset,
      type,
      size: type === 'bytes' ? width : SIZE[type],
      valid: (1 << valid) >>> 0,
      shift,
      width,
      overlaps
    }
  })
  const said = compiled.map(({ offset, size: length, shift, width, type }): Said => {
    const whole = type === 'bytes' || width === 8 * length
    return whole ? [offset, length] : [offset, length, ((1 << width) - 1) << shift]
  })
  return {
    rows,
    compiled,
    valid: compiled.reduce((mask, field) => (mask | field.valid) >>> 0, 0),
    size,
    unsaid: unsaid(size, [...others, ...said])
  }
}

function read(view: ByteView, field: CompiledField): FieldValue {
  if (field.type === 'bytes') return view.bytes(field.offset, field.size)
  if (field.type === 'u64') return view.getBigUint64(field.offset)
  const word =
    field.type === 'u8'
      ? view.getUint8(field.offset)
      : field.type === 'u16'
        ? view.getUint16(field.offset)
        : view.getUint32(field.offset)
  return field.width === 8 * field.size ? word : (word >>> field.shift) & ((1 << field.width) - 1)
}

/** What an unmarked field holds that no other field accounts for. */
function leftover(view: ByteView, field: CompiledField, valid: number): FieldValue {
  if (field.type === 'u64') {
    const empty = view.getUint32(field.offset) === 0 && view.getUint32(field.offset + 4) === 0
    return empty ? 0 : view.getBigUint64(field.offset)
  }
  const value = read(view, field)
  if (value instanceof Uint8Array) return isZero(value) ? 0 : value
  if (value === 0 || field.overlaps.length === 0) return value
  let covered = 0
  for (const other of field.overlaps) if (other.earlier || valid & other.valid) covered |= other.bits
  return Number(value) & ~(covered >>> field.shift)
}

/**
 * Reads the fields that lie within the view. `valid` is the low half of the validation word, `high` its upper half.
 * The caller has checked the size.
 */
export function readFields<Rows extends readonly FieldRow[]>(
  table: FieldTable<Rows>,
  view: ByteView,
  valid: number,
  high = 0
): Validated<Rows> {
  const section: Record<string, unknown> = {}
  let unvalidated: Record<string, FieldValue> | undefined
  for (const field of table.compiled) {
    if (field.offset + field.size > view.byteLength) continue
    if (valid & field.valid) {
      section[field.name] = read(view, field)
      continue
    }
    const rest = leftover(view, field, valid)
    if (rest !== 0) (unvalidated ??= {})[field.name] = rest
  }
  if (unvalidated !== undefined) section['unvalidated'] = unvalidated
  const reserved = (valid & ~table.valid) >>> 0
  if (reserved !== 0 || high !== 0) section['reservedValidation'] = (BigInt(high) << 32n) | BigInt(reserved)
  if (table.unsaid.length > 0) {
    const kept = keptAt(view.bytes(0, Math.min(view.byteLength, table.size)), 0, table.unsaid)
    if (kept !== undefined) section['kept'] = kept
  }
  return section as Validated<Rows>
}

function write(view: ByteView, field: CompiledField, value: FieldValue): void {
  if (field.offset + field.size > view.byteLength) {
    throw new FormatError(`${field.name} is not part of the short form`, field.offset)
  }
  if (value instanceof Uint8Array) {
    if (value.length !== field.size) {
      throw new FormatError(`${field.name} is ${field.size} bytes`, field.offset, `${value.length}`)
    }
    view.bytes(field.offset, field.size).set(value)
    return
  }
  requireFits(value, field.width, field.offset, field.name)
  if (field.type === 'u64') {
    view.setBigUint64(field.offset, BigInt(value))
    return
  }
  const others = ~(field.width >= 32 ? -1 : ((1 << field.width) - 1) << field.shift)
  const bits = Number(value) << field.shift
  if (field.type === 'u8') view.setUint8(field.offset, (view.getUint8(field.offset) & others) | bits)
  else if (field.type === 'u16') view.setUint16(field.offset, (view.getUint16(field.offset) & others) | bits)
  else view.setUint32(field.offset, (view.getUint32(field.offset) & others) | bits)
}

/**
 * Writes the fields into a zeroed view, over what is kept, and returns the validation word. Throws FormatError when a
 * value does not fit.
 */
export function writeFields<Rows extends readonly FieldRow[]>(
  table: FieldTable<Rows>,
  view: ByteView,
  section: Validated<Rows>
): bigint {
  const values = section as Readonly<Record<string, FieldValue | undefined>>
  const unvalidated = section.unvalidated as typeof values | undefined
  const size = Math.min(view.byteLength, table.size)
  writeKept(view.bytes(0, size), 0, size, section.kept)
  let valid = 0
  for (const field of table.compiled) {
    const unmarked = unvalidated?.[field.name]
    if (unmarked !== undefined) write(view, field, unmarked)
  }
  for (const field of table.compiled) {
    const value = values[field.name]
    if (value === undefined) continue
    write(view, field, value)
    valid = (valid | field.valid) >>> 0
  }
  return BigInt(valid) | (section.reservedValidation ?? 0n)
}
