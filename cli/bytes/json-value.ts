import { hex as hexOf } from '../../shared/formats/hex.ts'
import { UsageError } from '../command.ts'

/**
 * Decoded structures as JSON that can be edited and read back: a 64-bit number is `"0x…"`, bytes are `{ "hex": "…" }`, a text
 * that could be taken for a number is `{ "text": "0x1" }`; all else is itself.
 */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json }

const NUMBER = /^0x[0-9a-f]+$/i

export function toJson(value: unknown): Json {
  if (typeof value === 'bigint') return hexOf(value)
  if (value instanceof Uint8Array) return { hex: value.toHex() }
  if (typeof value === 'string') return NUMBER.test(value) ? { text: value } : value
  if (Array.isArray(value)) return value.map(toJson)
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(([, one]) => one !== undefined)
    return Object.fromEntries(entries.map(([name, one]) => [name, toJson(one)]))
  }
  return value as Json
}

/** Throws UsageError for bytes that are not written in hexadecimal. */
export function fromJson(json: Json, path = ''): unknown {
  if (typeof json === 'string') return NUMBER.test(json) ? BigInt(json) : json
  if (typeof json !== 'object' || json === null) return json
  if (Array.isArray(json)) return json.map((one: Json, index) => fromJson(one, `${path}[${index}]`))
  const { hex, text, ...more } = json as Readonly<Record<string, Json>>
  if (Object.keys(more).length === 0 && typeof hex === 'string' && text === undefined) return bytesOf(hex, path)
  if (Object.keys(more).length === 0 && typeof text === 'string' && hex === undefined) return text
  return Object.fromEntries(Object.entries(json).map(([name, one]) => [name, fromJson(one, join(path, name))]))
}

function bytesOf(hex: string, path: string): Uint8Array {
  const digits = hex.replaceAll(/\s/g, '')
  if (/^(?:[0-9a-f]{2})*$/i.test(digits)) return Uint8Array.fromHex(digits)
  throw new UsageError(`${path}: hex has two digits for each byte`)
}

export const join = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`)

/** The names and places that a path is made of. */
export const partsOf = (path: string): string[] => path.split(/[.[\]]+/).filter((part) => part !== '')

/** The first place where two values differ, as `entries[0].section.body`; undefined when they are the same. */
export function differsAt(a: Json | undefined, b: Json | undefined, path = ''): string | undefined {
  if (a === b) return undefined
  const isDeep = (value: Json | undefined): value is Exclude<Json, string | number | boolean | null> =>
    typeof value === 'object' && value !== null
  if (!isDeep(a) || !isDeep(b) || Array.isArray(a) !== Array.isArray(b)) return path
  const [one, other] = [a, b] as unknown as readonly Readonly<Record<string, Json | undefined>>[]
  for (const name of new Set([...Object.keys(a), ...Object.keys(b)])) {
    const place = Array.isArray(a) ? `${path}[${name}]` : join(path, name)
    const found = differsAt(one?.[name], other?.[name], place)
    if (found !== undefined) return found
  }
  return undefined
}
