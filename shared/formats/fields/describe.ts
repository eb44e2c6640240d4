import { hex } from '../hex.ts'
import { SECTION_TYPE_NAME } from '../section-names.ts'
import { NIL_GUID, NOTIFICATION_TYPE_NAME } from '../guid.ts'
import { severityName } from '../severity.ts'
import { decodeTimestamp } from '../timestamp.ts'
import { FormatError } from '../format-error.ts'
import type { WordParts } from '../layout.ts'
import type { Describe } from './structure.ts'
import type { Field } from './field.ts'
import { wordFields, type PartTexts } from './word.ts'

type Names = readonly string[] | ReadonlyMap<number, string>

/** The name of a code, or that it is reserved. */
export function code(names: Names): Describe {
  return ({ value }) => {
    const name = nameOf(names, Number(value))
    return { text: name ?? 'reserved' }
  }
}

/** As `code`, of an object with the code of each name. */
export function codeOf(codes: Readonly<Record<string, number>>): Describe {
  return code(new Map(Object.entries(codes).map(([name, value]) => [value, name])))
}

function nameOf(names: Names, value: number): string | undefined {
  return 'get' in names ? names.get(value) : names[value]
}

/** A word in parts; its text names the flags that are set. */
export function word(parts: WordParts, texts: PartTexts = {}): Describe {
  return (field) => {
    const children = wordFields(field, parts, texts)
    return { ...setFlags(children), children }
  }
}

/** The names of the flags that are set, as text. */
export function setFlags(parts: readonly Field[]): Pick<Field, 'text'> {
  const set = parts.filter(({ value, role }) => value === true && role === undefined).map(({ name }) => name)
  return set.length === 0 ? {} : { text: set.join(', ') }
}

/** Validation bits: each has the name of its field. */
export const validation = (bits: Readonly<Record<string, number>>): Describe => word(bits)

export const severity: Describe = ({ value }) => ({ text: severityName(Number(value)) ?? 'reserved' })

export const sectionType: Describe = ({ value }) => ({ text: SECTION_TYPE_NAME.get(String(value)) ?? 'unknown' })

/** A GUID that need not be known. */
export const guid: Describe = ({ value }) => (value === NIL_GUID ? { text: 'none' } : {})

export const notificationType: Describe = ({ value }) => ({
  text: NOTIFICATION_TYPE_NAME.get(String(value)) ?? (value === NIL_GUID ? 'none' : 'unknown')
})

const two = (part: number): string => String(part).padStart(2, '0')

/** A BCD time as one reads it; without a text where its digits are none. */
export const timestamp: Describe = ({ value }) => {
  if (typeof value !== 'bigint' || value === 0n) return {}
  try {
    const { year, month, day, hours, minutes, seconds, precise } = decodeTimestamp(value)
    const date = `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}`
    return { text: `${date} ${two(hours)}:${two(minutes)}:${two(seconds)}${precise ? '' : ', not precise'}` }
  } catch (error) {
    if (error instanceof FormatError) return { text: `no time: ${error.rule}` }
    throw error
  }
}

/** A revision whose two bytes are its numbers. */
export const revision: Describe = ({ value }) => ({ text: `${Number(value) >> 8}.${Number(value) & 0xff}` })

/** The number in hexadecimal, with all its digits. */
export const register: Describe = ({ value, length }) =>
  typeof value === 'bigint' || typeof value === 'number' ? { text: hex(value, 2 * length) } : {}
