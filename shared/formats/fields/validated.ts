import type { Layout } from '../layout.ts'
import type { FieldRow, FieldTable } from '../validated-fields.ts'
import { setFlags } from './describe.ts'
import type { Field } from './field.ts'
import { membersOf, structure, type Describe, type Descriptions, type Member, type Span } from './structure.ts'
import { wordFields } from './word.ts'

type Table = FieldTable<readonly FieldRow[]>
type Row = Table['compiled'][number]

/**
 * The fields of a structure whose members have validation bits. `valid` is the word of those bits, `others` the members
 * without one, among them that word itself.
 */
export function validatedStructure(
  span: Span,
  table: Table,
  valid: number,
  others: Layout,
  descriptions: Descriptions = {}
): Field {
  const isValid = (row: Row): boolean => (valid & row.valid) !== 0
  const byPlace = Map.groupBy(table.compiled, ({ offset, type }) => `${offset} ${type}`)
  const members = [...byPlace.values()].map((rows) => memberOf(rows, isValid, descriptions))
  return structure(span, [...membersOf(others, descriptions), ...members])
}

/** The rows of one word as one member: a whole row with the others as its parts, or parts alone. */
function memberOf(rows: readonly Row[], isValid: (row: Row) => boolean, descriptions: Descriptions): Member {
  const whole = rows.find(({ type, width, size }) => type === 'bytes' || width === 8 * size)
  const parts = rows.filter((row) => row !== whole)
  const [first] = rows as readonly [Row]
  const { offset, size, type, name } = whole ?? first
  if (whole === undefined && parts.length === 1 && first.shift === 0 && first.width % 8 === 0) {
    // A number of three bytes: what is behind it in its word may be another member.
    return { ...first, size: first.width / 8, type: 'bytes', valid: isValid(first), describe: littleEndian }
  }
  if (parts.length === 0) return { name, offset, size, type, valid: isValid(first), describe: descriptions[name] }
  return {
    name: whole?.name ?? `word of ${parts.map((part) => part.name).join(', ')}`,
    offset,
    size,
    type,
    valid: whole === undefined ? undefined : isValid(whole),
    describe: (field, bytes) => ({
      ...(whole === undefined ? {} : descriptions[name]?.(field, bytes)),
      children: wordFields(
        field,
        Object.fromEntries(parts.map((part) => [part.name, { shift: part.shift, mask: 2 ** part.width - 1 }])),
        {},
        (part) => parts.some((row) => row.name === part && isValid(row))
      )
    })
  }
}

const littleEndian: Describe = ({ value }) =>
  value instanceof Uint8Array ? { value: value.reduceRight((number, byte) => number * 256 + byte, 0) } : {}

/** The validation word of a table: each bit has the names of its fields. */
export function validationOf(table: Table, others: Readonly<Record<string, number>> = {}): Describe {
  const byBit = Map.groupBy(table.compiled, ({ valid }) => valid)
  const rows = [...byBit].map(([bit, fields]) => [fields.map(({ name }) => name).join(', '), bit] as const)
  const parts = { ...Object.fromEntries(rows), ...others }
  return (field) => {
    const children = wordFields(field, parts)
    return { ...setFlags(children), children }
  }
}
