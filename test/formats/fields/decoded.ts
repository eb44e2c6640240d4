import { isDeepStrictEqual } from 'node:util'
import type { Field } from '../../../shared/formats/fields/field.ts'

type Loose = Readonly<Record<string, unknown>>

/** What decoders give beside members: content that has no meaning, and bytes between and behind structures. */
const BESIDE = new Set([
  'kept',
  'unvalidated',
  'reservedValidation',
  'reservedFlags',
  'rest',
  'gap',
  'slack',
  'oldForm'
])
/** Where the map has a list: what one of it is called. */
const ITEMS: Readonly<Record<string, string>> = {
  entries: 'entry',
  errors: 'error information',
  contexts: 'context',
  sources: 'source'
}

/** The members of a decoded structure that the fields do not have with the same value, by name; none when all is well. */
export function differences(field: Field, decoded: unknown, path = ''): readonly string[] {
  if (field.children === undefined || !isStructure(decoded)) {
    return isDeepStrictEqual(plain(field.value), plain(decoded))
      ? []
      : [`${path}: ${show(field.value)}, not ${show(decoded)}`]
  }
  return Object.entries(decoded).flatMap(([name, value]) => {
    if (BESIDE.has(name) || value === undefined || (value instanceof Uint8Array && value.length === 0)) return []
    const item = ITEMS[name]
    if (item !== undefined && Array.isArray(value)) {
      return value.flatMap((one, i) => childDifferences(field, `${item} ${i}`, one, path))
    }
    return childDifferences(field, name, value, path)
  })
}

function childDifferences(field: Field, name: string, value: unknown, path: string): readonly string[] {
  const child = field.children?.find((one) => one.name === name) ?? parted(field, name)
  return child === undefined ? [`${path}/${name} is missing`] : differences(child, value, `${path}/${name}`)
}

/** A part of a word, but not a bit that says of a member whether it is valid. */
function parted(field: Field, name: string): Field | undefined {
  return field.children
    ?.filter((word) => word.name !== 'validation' && word.name !== 'flags')
    .flatMap(({ children = [] }) => children)
    .find((part) => part.name === name && part.bits !== undefined)
}

const isStructure = (value: unknown): value is Loose =>
  typeof value === 'object' && value !== null && !(value instanceof Uint8Array)

/** Numbers as bigints, bytes as an array: what they are, not how they are held. */
const plain = (value: unknown): unknown =>
  typeof value === 'number' ? BigInt(value) : value instanceof Uint8Array ? [...value] : value

const show = (value: unknown): string =>
  value instanceof Uint8Array ? Buffer.from(value).toString('hex') : String(value)
