import { isObject, NoRecording, type Json, type JsonObject } from './recording.ts'

/** A field of a recording with its whole name, for the message when it is not what it should be. */
export interface Field {
  readonly name: string
  readonly value: Json | undefined
}

export const fieldOf = (parent: JsonObject, prefix: string, key: string): Field => ({
  name: `${prefix}.${key}`,
  value: parent[key]
})

const wrong = ({ name, value }: Field, what: string): NoRecording =>
  new NoRecording(
    value === undefined ? `${name}: missing, must be ${what}` : `${name}: ${JSON.stringify(value)} is not ${what}`
  )

/** An object, or none. */
export function optionalObject(field: Field): JsonObject | undefined {
  if (field.value === undefined || field.value === null) return undefined
  if (!isObject(field.value)) throw wrong(field, 'an object')
  return field.value
}

/** An address or another number that is not negative: "0x…", or a JSON number. */
export function addressIn(field: Field, otherwise: bigint): bigint {
  const { value } = field
  if (value === undefined || value === null) return otherwise
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return BigInt(value)
  if (typeof value === 'string' && /^(0x[0-9a-f]+|[0-9]+)$/i.test(value)) {
    const number = BigInt(value)
    if (number < 1n << 64n) return number
  }
  throw wrong(field, 'an address or a number ("0x…")')
}

/** A whole number of at least `least`. */
export function numberIn(field: Field, otherwise: number, least = 0): number {
  const { value } = field
  if (value === undefined || value === null) return otherwise
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least) return value
  throw wrong(field, `a whole number from ${least} on`)
}

export function wordIn<Word extends string>(field: Field, words: readonly Word[], otherwise: Word): Word {
  if (field.value === undefined || field.value === null) return otherwise
  const known = words.find((word) => word === field.value)
  if (known === undefined) throw wrong(field, `one of ${words.join(', ')}`)
  return known
}

/** Bytes in hex. */
export function bytesIn(field: Field): Uint8Array {
  const { value } = field
  if (typeof value !== 'string' || !/^([0-9a-f]{2})*$/i.test(value)) throw wrong(field, 'bytes in hex')
  return Uint8Array.from(value.match(/../g) ?? [], (byte) => parseInt(byte, 16))
}

export const optionalBytesIn = (field: Field): Uint8Array | undefined =>
  field.value === undefined || field.value === null ? undefined : bytesIn(field)

/** A list, or an empty one. */
export function listIn(field: Field): readonly Field[] {
  const { value } = field
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) throw wrong(field, 'a list')
  return value.map((one: Json, index) => ({ name: `${field.name}[${index}]`, value: one }))
}
