import type { WordPart, WordParts } from '../layout.ts'
import type { Field } from './field.ts'

/** What the parts of a word mean, by name: of a number its text, of a flag what it says when it is set. */
export type PartTexts = Readonly<Record<string, ((value: number) => string | undefined) | undefined>>

interface Part {
  readonly name: string
  readonly high: number
  readonly low: number
  readonly flag: boolean
  readonly valid: boolean | undefined
}

/** A part of so many bits from this one on; a flag is one bit. */
export function partOf(shift: number, width: number, flag: boolean): WordPart {
  const mask = (1n << BigInt(width)) - 1n
  return flag ? mask << BigInt(shift) : { shift, mask }
}

/** The parts of a word as fields, lowest first, with the reserved bits between them. `valid` as in `membersOf`. */
export function wordFields(
  word: Field,
  parts: WordParts,
  texts: PartTexts = {},
  valid: (name: string) => boolean | undefined = () => undefined
): readonly Field[] {
  const value = BigInt(typeof word.value === 'number' || typeof word.value === 'bigint' ? word.value : 0)
  const places = Object.entries(parts)
    .map(([name, part]) => ({ name, ...bitsOf(part), valid: valid(name) }))
    .toSorted((a, b) => a.low - b.low)
  const fields: Field[] = []
  let next = 0
  for (const part of places) {
    if (part.low < next) continue
    if (part.low > next) fields.push(reserved(word, value, part.low - 1, next))
    fields.push(partField(word, value, part, texts))
    next = part.high + 1
  }
  if (next < 8 * word.length) fields.push(reserved(word, value, 8 * word.length - 1, next))
  return fields
}

function bitsOf(part: WordPart): { readonly high: number; readonly low: number; readonly flag: boolean } {
  if (typeof part === 'object') {
    const low = Number(part.shift)
    return { high: low + BigInt(part.mask).toString(2).length - 1, low, flag: false }
  }
  const low = BigInt.asUintN(64, BigInt(part)).toString(2).length - 1
  return { high: low, low, flag: true }
}

function partField(word: Field, value: bigint, { name, high, low, flag, valid }: Part, texts: PartTexts): Field {
  const bits = extract(value, high, low)
  const text = texts[name]?.(Number(bits))
  return {
    ...place(word, name, high, low),
    value: flag ? bits === 1n : high - low < 31 ? Number(bits) : bits,
    ...(text === undefined ? {} : { text }),
    ...(valid === undefined ? {} : { valid })
  }
}

function reserved(word: Field, value: bigint, high: number, low: number): Field {
  const bits = extract(value, high, low)
  return { ...place(word, 'reserved', high, low), value: high - low < 31 ? Number(bits) : bits, role: 'reserved' }
}

const extract = (value: bigint, high: number, low: number): bigint =>
  BigInt.asUintN(high - low + 1, value >> BigInt(low))

function place(
  word: Field,
  name: string,
  high: number,
  low: number
): Pick<Field, 'name' | 'offset' | 'length' | 'bits'> {
  const first = Math.floor(low / 8)
  return { name, offset: word.offset + first, length: Math.floor(high / 8) - first + 1, bits: [high, low] }
}
