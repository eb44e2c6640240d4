import type { Field, FieldMap } from '../../shared/formats/fields/field.ts'
import { hex } from '../../shared/formats/hex.ts'
import { plainLine } from '../../shared/contracts/plain-text.ts'

const NAME_WIDTH = 44
const VALUE_WIDTH = 20
const FEW_BYTES = 8
/** Numbers from here on are addresses, masks and registers, not counts. */
const HEXADECIMAL = 4096

/**
 * The fields of bytes as a tree, a line each: offset, name, value, what it means; then the rules that the bytes break. Without
 * `all` those stay away that are zero and say nothing by that: flags, reserved bytes, fields that are not valid.
 */
export function fieldTree({ root, problems }: FieldMap, { all = false }: { readonly all?: boolean } = {}): string {
  const digits = Math.max(4, (root.offset + root.length).toString(16).length)
  const broken = problems.map(({ offset, rule, found }) => {
    return `at byte ${offset}: ${rule}${found === undefined ? '' : `, found ${found}`}`
  })
  return [
    ...linesOf(all ? root : withoutSilent(root), 0, digits),
    ...(broken.length === 0 ? [] : ['', 'BROKEN RULES', ...broken.map((line) => `  ${line}`)])
  ]
    .map((line) => plainLine(line).trimEnd())
    .join('\n')
}

function linesOf(field: Field, depth: number, digits: number): readonly string[] {
  const { offset, length, bits, children = [] } = field
  const at = bits === undefined ? offset.toString(16).padStart(digits, '0') : bitsText(bits).padStart(digits)
  const name = `${'  '.repeat(depth)}${field.name}`.padEnd(NAME_WIDTH)
  const size = children.length > 0 && bits === undefined && field.value === undefined ? `${length} bytes` : ''
  const line = `${at}  ${name} ${(valueText(field) || size).padEnd(VALUE_WIDTH)} ${meaningOf(field)}`
  return [line, ...children.flatMap((child) => linesOf(child, depth + 1, digits))]
}

function withoutSilent(field: Field): Field {
  if (field.children === undefined) return field
  return { ...field, children: field.children.filter((child) => !isSilent(child)).map(withoutSilent) }
}

function isSilent({ value, role, valid, bits }: Field): boolean {
  if (role === 'cut' || role === 'behind') return false
  const isZero =
    value instanceof Uint8Array ? value.every((byte) => byte === 0) : !value || /^[0-]+$/.test(String(value))
  return isZero && (valid === false || role === 'reserved' || (bits !== undefined && value === false))
}

const bitsText = ([high, low]: readonly [number, number]) => (high === low ? `${high}` : `${high}:${low}`)

function valueText({ value, children = [], bits }: Field): string {
  if (value === undefined) return ''
  if (value instanceof Uint8Array) return children.length === 0 ? bytesText(value) : ''
  if (typeof value === 'boolean') return value ? '1' : '0'
  if (typeof value === 'string') return value
  const isWord = children[0]?.bits !== undefined || typeof value === 'bigint'
  return isWord || value >= HEXADECIMAL || (bits !== undefined && value > 9) ? hex(value) : String(value)
}

function bytesText(bytes: Uint8Array): string {
  if (bytes.every((byte) => byte === 0)) return bytes.length === 0 ? 'nothing' : `zero, ${bytes.length} bytes`
  const shown = bytes.subarray(0, FEW_BYTES).toHex()
  return bytes.length > FEW_BYTES ? `${shown}… ${bytes.length} bytes` : shown
}

const ROLES = { reserved: '', unknown: '', cut: 'cut off here', behind: 'not part of it' } as const

function meaningOf({ text, role, value, valid }: Field): string {
  const isNumber = text !== undefined && /^0x[\da-f]+$/i.test(text) && typeof value !== 'boolean'
  const says = text === undefined || isNumber ? (role === undefined ? '' : ROLES[role]) : text
  return valid === false ? `${says}${says === '' ? '' : ', '}not valid` : says
}
