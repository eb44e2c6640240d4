import type { Fields } from '../contracts/fields.ts'
import { nearest } from '../contracts/nearest.ts'
import { bad, misnamed, type Fault } from './fault.ts'

/** The parts of JSON Schema that the scenario format uses. */
export interface Schema {
  readonly type?: string
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly Schema[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean | Schema
  readonly patternProperties?: Readonly<Record<string, Schema>>
  readonly minProperties?: number
  readonly maxProperties?: number
  readonly items?: Schema
  readonly minItems?: number
  readonly maxItems?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly pattern?: string
  readonly description?: string
}

type Path = Fault['path']

/**
 * Everything that is wrong with a value. A validator that only says whether it fits stops at the first union; this one
 * takes the branch whose type fits the value and goes on, so that all mistakes of a file are listed at once.
 */
export function faultsOf(schema: Schema, value: unknown, path: Path = []): readonly Fault[] {
  if (schema.anyOf !== undefined) return ofUnion(schema.anyOf, value, path)
  if (schema.const !== undefined)
    return value === schema.const ? [] : [bad(path, 'one-of', `must be ${say(schema.const)}`)]
  if (schema.enum !== undefined) return schema.enum.includes(value) ? [] : [noneOf(path, schema.enum, value)]
  if (schema.type !== undefined && !isOfType(schema.type, value)) {
    return [bad(path, 'type', `must be ${TYPE_NAME[schema.type] ?? schema.type}, not ${say(value)}${about(schema)}`)]
  }
  if (typeof value === 'string') return ofString(schema, value, path)
  if (typeof value === 'number') return ofNumber(schema, value, path)
  if (Array.isArray(value)) return ofArray(schema, value, path)
  if (isFields(value)) return ofObject(schema, value, path)
  return []
}

export const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null
export const say = (value: unknown): string =>
  typeof value === 'object' && value !== null ? kind(value) : String(value)
const kind = (value: object): string => (Array.isArray(value) ? 'a list' : 'a map')
const about = ({ description }: Schema): string => (description === undefined ? '' : ` (${description})`)

const TYPE_NAME: Readonly<Record<string, string>> = {
  object: 'a map',
  array: 'a list',
  string: 'text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false'
}

export function isOfType(type: string, value: unknown): boolean {
  switch (type) {
    case 'object':
      return isFields(value) && !Array.isArray(value)
    case 'array':
      return Array.isArray(value)
    case 'integer':
      return Number.isSafeInteger(value)
    default:
      return typeof value === type
  }
}

/** A value that is none of those that are allowed. */
export function noneOf(path: Path, allowed: readonly unknown[], value: unknown): Fault {
  const names = [...new Set(allowed.map(String))]
  const meant = nearest(say(value), names)
  const fault = bad(path, 'one-of', `must be one of ${names.join(', ')}, not ${say(value)}`)
  return meant === undefined ? fault : { ...fault, suggestion: meant }
}

/** What is wrong with a value that may be one of several; `check` holds it against one of them. */
export function ofUnion<Branch extends Schema>(
  branches: readonly Branch[],
  value: unknown,
  path: Path,
  check: (branch: Branch, value: unknown, path: Path) => readonly Fault[] = faultsOf
): readonly Fault[] {
  const tried = branches.map((branch) => ({ branch, faults: check(branch, value, path) }))
  if (tried.some(({ faults }) => faults.length === 0)) return []
  const fitting = tried.filter(({ branch }) => branch.type !== undefined && isOfType(branch.type, value))
  const best = fitting.toSorted((a, b) => a.faults.length - b.faults.length)[0]
  if (best !== undefined && (best.branch.enum ?? best.branch.const) === undefined) return best.faults
  const values = branches.flatMap((branch) => branch.enum ?? (branch.const === undefined ? [] : [branch.const]))
  if (values.length > 0) return [noneOf(path, values, value)]
  const types = [...new Set(branches.map(({ type }) => TYPE_NAME[type ?? ''] ?? 'something else'))]
  return [bad(path, 'type', `must be ${types.join(' or ')}, not ${say(value)}`)]
}

function ofString({ pattern, minLength, maxLength, description }: Schema, value: string, path: Path): readonly Fault[] {
  if (minLength !== undefined && value.length < minLength) return [bad(path, 'length', 'must not be empty')]
  if (maxLength !== undefined && value.length > maxLength)
    return [bad(path, 'length', `has more than ${maxLength} characters`)]
  if (pattern === undefined || new RegExp(pattern).test(value)) return []
  return [bad(path, 'form', `${JSON.stringify(value)} is not of the form ${description ?? pattern}`)]
}

function ofNumber({ minimum, maximum }: Schema, value: number, path: Path): readonly Fault[] {
  if (minimum !== undefined && value < minimum) return [bad(path, 'range', `must be ${minimum} or more, not ${value}`)]
  if (maximum !== undefined && value > maximum) return [bad(path, 'range', `must be ${maximum} or less, not ${value}`)]
  return []
}

function ofArray(
  { items, minItems, maxItems = Infinity }: Schema,
  value: readonly unknown[],
  path: Path
): readonly Fault[] {
  if (minItems !== undefined && value.length < minItems) return [bad(path, 'count', 'must not be empty')]
  if (value.length > maxItems) return [bad(path, 'count', `has ${value.length} parts and can have ${maxItems}`)]
  return items === undefined ? [] : value.flatMap((item, index) => faultsOf(items, item, [...path, index]))
}

function ofObject(schema: Schema, value: Fields, path: Path): readonly Fault[] {
  const { properties = {}, required = [], additionalProperties, patternProperties = {} } = schema
  const names = Object.keys(value)
  const open = typeof additionalProperties === 'object' ? additionalProperties : Object.values(patternProperties)[0]
  const faults = names.flatMap((name) => {
    const part = Object.hasOwn(properties, name) ? properties[name] : open
    if (part !== undefined) return faultsOf(part, value[name], [...path, name])
    if (additionalProperties !== false) return []
    return [unknownKey([...path, name], name, Object.keys(properties))]
  })
  const unknown = names.filter((name) => !Object.hasOwn(properties, name))
  const isMisspelt = (name: string) => unknown.some((other) => nearest(other, Object.keys(properties)) === name)
  const missing = required
    .filter((name) => !names.includes(name) && !isMisspelt(name))
    .map((name) => bad(path, 'missing', `${name} is missing`))
  return [...faults, ...missing, ...ofCount(schema, names, path)]
}

function ofCount(
  { minProperties = 0, maxProperties = Infinity, properties }: Schema,
  names: readonly string[],
  path: Path
) {
  if (names.length < minProperties) {
    const known = Object.keys(properties ?? {})
    return [
      bad(path, 'count', known.length === 0 ? 'must not be empty' : `must not be empty; known: ${known.join(', ')}`)
    ]
  }
  if (names.length > maxProperties)
    return [bad(path, 'count', `has ${names.length} keys (${names.join(', ')}) and can have one`)]
  return []
}

export function unknownKey(path: Path, name: string, known: readonly string[]): Fault {
  return misnamed({ path, at: 'key', rule: 'unknown-key' }, `unknown key ${name}`, name, known)
}
