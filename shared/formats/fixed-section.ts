import { viewOf } from './bytes.ts'
import { requireBytes } from './format-error.ts'
import { readFields, writeFields, type FieldRow, type FieldTable, type Validated } from './validated-fields.ts'

const VALIDATION = 0

/** Where the fields with a validation bit can begin: behind the 64-bit word of the bits. */
export const AFTER_VALIDATION = [[VALIDATION, 8]] as const

/** The body of a section of fixed size. Readers look at as much as they know, so a longer one is in order. */
export type FixedSection<Rows extends readonly FieldRow[]> = Validated<Rows> & {
  /** What lies behind the fields. */
  readonly rest?: Uint8Array
}

/** Throws FormatError when there are fewer bytes than the section has. */
export function decodeFixedSection<const Rows extends readonly FieldRow[]>(
  table: FieldTable<Rows>,
  bytes: Uint8Array,
  what: string
): FixedSection<Rows> {
  requireBytes(bytes, 0, table.size, what)
  const view = viewOf(bytes)
  const fields = readFields(table, view, view.getUint32(VALIDATION), view.getUint32(VALIDATION + 4))
  return bytes.length === table.size ? fields : { ...fields, rest: bytes.subarray(table.size) }
}

/** Throws FormatError when a value does not fit. `size` is less than the table's in a short form of the section. */
export function encodeFixedSection<const Rows extends readonly FieldRow[]>(
  table: FieldTable<Rows>,
  section: FixedSection<Rows>,
  size = table.size
): Uint8Array {
  const { rest } = section
  const bytes = new Uint8Array(size + (rest?.length ?? 0))
  if (rest !== undefined) bytes.set(rest, size)
  viewOf(bytes).setBigUint64(VALIDATION, writeFields(table, viewOf(bytes.subarray(0, size)), section))
  return bytes
}
