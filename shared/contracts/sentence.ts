import type { Fields } from './fields.ts'
/** Parts of sentences about data as JSON has it: addresses are `"0x…"`, bytes are base64. */

type Who = { readonly vm?: string; readonly vcpu?: number; readonly pid?: number; readonly tid?: number }

const text = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? '-'))

/** `name value` of every field but those named; bytes are counted. */
export function fieldsOf(data: object, without: readonly string[] = []): string {
  return Object.entries(data as Fields)
    .filter(([name, value]) => !without.includes(name) && value !== undefined)
    .map(([name, value]) => `${name} ${isBytes(name, value) ? byteCount(value) : text(value)}`)
    .join(', ')
}
/** Fields that hold bytes are named for it. */
const BYTES = ['bytes', 'siginfo', 'table', 'record', 'cper']
const isBytes = (name: string, value: unknown): value is string => BYTES.includes(name) && typeof value === 'string'

/** A label and a value, or nothing when there is no value. */
export const optional = (label: string, value: string | number | undefined): string =>
  value === undefined ? '' : `${label}${value}`

/** So many of something. */
export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`

/** A vCPU of a VM, or a process. */
export const who = ({ vm, vcpu, pid }: Who): string =>
  vm === undefined ? `pid ${pid ?? '-'}` : `${vm}/vcpu${vcpu ?? '-'}`

const hexOf = (base64: string): string => Uint8Array.fromBase64(base64).toHex()

export const byteCount = (base64: string): string => `${hexOf(base64).length / 2} bytes`

/** Up to eight bytes as a little-endian number, more by their count. */
export function wordOrCount(base64: string): string {
  const hex = hexOf(base64)
  if (hex.length > 16) return byteCount(base64)
  const bytes = hex.match(/../g) ?? []
  return `0x${bytes
    .toReversed()
    .join('')
    .replace(/^0+(?=.)/, '')}`
}

const DUMP_INDENT = ' '.repeat(34)

/** A record as a hex dump under its line. */
export function dump(base64: string): string {
  const rows = hexOf(base64).match(/.{1,64}/g) ?? []
  return rows.map((row) => `\n${DUMP_INDENT}${row}`).join('')
}
