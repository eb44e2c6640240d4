import { bytesOf, type CarriedBytes } from '../../shared/contracts/structures/bytes-of.ts'
import { fieldsOf, type FieldKind } from '../../shared/formats/fields/fields-of.ts'
import type { Field } from '../../shared/formats/fields/field.ts'
import type { ShownField, ShownFormat } from './field-rows.ts'
import { fieldName, meaningText, valueText, type NameStyle } from './field-text.ts'
import type { Row } from '../../shared/rows/row.ts'
import type { RunModel } from '../../shared/rows/run-model.ts'

const KNOWN = new WeakMap<Row, readonly ShownFormat[]>()

/** All that an entry carries as bytes or as a register, and what its answer carries; the largest structures first. */
export function formatsOf(run: RunModel, row: Row): readonly ShownFormat[] {
  const known = KNOWN.get(row)
  if (known !== undefined) return known
  const answer = run.answerTo(row)
  // The question stands in its answer too.
  const entries = answer === undefined ? [row.entry] : [answer.entry]
  const formats = entries.flatMap((entry) => bytesOf(entry)).map(shownFormat)
  // An answer may still come.
  if (row.entry.kind !== 'message' || answer !== undefined) KNOWN.set(row, formats)
  return formats
}

/** Kinds that are a register of so many bits, shown bit by bit. */
const REGISTERS: Readonly<Partial<Record<FieldKind, number>>> = { esr: 64, 'err-status': 64 }
/** An upper half that is zero says nothing. */
const HALF = 32

const KERNEL: ReadonlySet<FieldKind> = new Set(['siginfo', 'kvm-vcpu-events', 'kvm-run-arm-sea'])
const styleOf = (kind: FieldKind): NameStyle =>
  REGISTERS[kind] !== undefined ? 'register' : KERNEL.has(kind) ? 'kernel' : 'specification'

/** Bytes of a kind with their fields, and the rules that they break. */
export function shownFormat({ kind, title, bytes, fault }: Omit<CarriedBytes, 'at'>): ShownFormat {
  const { root, problems } = fieldsOf(kind, bytes)
  const size = REGISTERS[kind]
  const isHalf = bytes.subarray(HALF / 8).every((byte) => byte === 0)
  const faults = fault === undefined ? problems : [fault, ...problems]
  const bits = size === undefined || bytes.length * 8 < size ? undefined : isHalf ? HALF : size
  const fields = topOf(root).map((field) => shownField(field, styleOf(kind)))
  return {
    name: title,
    bytes,
    bits,
    // The highest bits first, as manuals have them.
    fields: bits === undefined ? fields : fields.filter(({ bits: [, low] = [0, 0] }) => low < bits).toReversed(),
    problems: faults.map(
      ({ rule, offset, found }) =>
        `at byte 0x${offset.toString(16)}: ${rule}${found === undefined ? '' : `, found ${found}`}`
    )
  }
}

/** What has the fields: a structure, or the only word of a register. */
function topOf({ children, ...root }: Field): readonly Field[] {
  if (children === undefined) return [root]
  const [only] = children
  return children.length === 1 && only?.children?.[0]?.bits !== undefined ? only.children : children
}

function shownField(field: Field, style: NameStyle): ShownField {
  const { offset, length, bits, valid, role, children = [] } = field
  const isMeaningless = valid === false
  return {
    name: fieldName(field, style),
    offset,
    length,
    bits,
    value: isMeaningless ? 'not valid' : valueText(field, style),
    meaning: isMeaningless ? '' : meaningText(field),
    isValid: !isMeaningless && (role === undefined || role === 'unknown'),
    children: isMeaningless ? [] : children.map((child) => shownField(child, style))
  }
}
