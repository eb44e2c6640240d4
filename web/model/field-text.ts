import type { Field } from '../../shared/formats/fields/field.ts'
import { capital } from '../../shared/rows/saying.ts'

/** Words that a specification writes in its own way. */
const AS_WRITTEN: Readonly<Record<string, string>> = {
  id: 'ID',
  guid: 'GUID',
  fru: 'FRU',
  oem: 'OEM',
  pcie: 'PCIe',
  gpa: 'GPA',
  gva: 'GVA'
}

/** How a format's own document writes the names of its fields. */
export type NameStyle = 'specification' | 'register' | 'kernel'

/** Members of siginfo_t that the decoder calls otherwise. */
const KERNEL_NAMES: Readonly<Record<string, string>> = {
  signo: 'si_signo',
  errno: 'si_errno',
  code: 'si_code',
  address: 'si_addr',
  addressLsb: 'si_addr_lsb'
}

/** A field's name as its document has it: `Physical Address`, `AET` of a register, `serror_pending` of the kernel's. */
export function fieldName({ name, bits }: Pick<Field, 'name' | 'bits'>, style: NameStyle): string {
  if (style === 'register' && bits !== undefined) return name === 'reserved' ? 'RES0' : name.toUpperCase()
  if (style === 'kernel') {
    return KERNEL_NAMES[name] ?? name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
  }
  return name
    .replaceAll(/([a-z\d])([A-Z])/g, '$1 $2')
    .split(' ')
    .map((word, index) => AS_WRITTEN[word.toLowerCase()] ?? (index === 0 ? capital(word) : word))
    .join(' ')
}

/** Numbers from here on are addresses, masks and registers, not counts. */
const HEXADECIMAL = 4096
const SMALL = 10
const FEW_BYTES = 8
/** One that has a name is told by its first part. */
const GUID = /^([\da-f]{8})(?:-[\da-f]{4}){3}-[\da-f]{12}$/

/** What a field holds, as text. */
export function valueText(
  { value, text, children = [], bits, length }: Omit<Field, 'name' | 'offset'>,
  style: NameStyle
): string {
  if (value === undefined) return ''
  if (value instanceof Uint8Array) return children.length === 0 ? bytesText(value, length) : ''
  if (typeof value === 'boolean') return value ? '1' : '0'
  if (typeof value === 'string') return text === undefined ? value : value.replace(GUID, '$1…')
  // A word in parts is read in hexadecimal, and so are the parts of a register.
  const isWord = children[0]?.bits !== undefined || (style === 'register' && bits !== undefined)
  const isSmall = isWord ? value < SMALL : value < HEXADECIMAL
  return isSmall ? String(value) : `0x${value.toString(16)}`
}

function bytesText(bytes: Uint8Array, length: number): string {
  if (bytes.every((byte) => byte === 0)) return length === 0 ? 'nothing' : 'zero'
  const shown = [...bytes.subarray(0, FEW_BYTES)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ')
  return bytes.length > FEW_BYTES ? `${shown} …` : shown
}

/** What a value means; nothing where that only says the value again. */
export function meaningText({ text, role, value }: Pick<Field, 'text' | 'role' | 'value'>): string {
  if (text === undefined) return role === undefined || role === 'reserved' ? '' : ROLES[role]
  const isNumber = /^0x[\da-f]+$/i.test(text) && (typeof value === 'number' || typeof value === 'bigint')
  return isNumber && BigInt(text) === BigInt(value) ? '' : text
}

const ROLES = { unknown: '', cut: 'cut off here', behind: 'not part of it' } as const
