import type { TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import { compileCodec, type JsonSchema } from './codec.ts'
import { nearest } from './nearest.ts'

/** The first field that breaks its schema. `code` is one of the problem codes (`docs/problems.md`). */
export interface FieldError {
  readonly code: 'field-unknown' | 'field-missing' | 'field-invalid'
  /** JSON pointer of the field within the value. */
  readonly field: string
  readonly detail: string
}

/** A value's codec together with its validation: what a receiver does to JSON that came from outside. */
export interface Wire {
  readonly encode: (value: unknown) => unknown
  /** Validates and decodes; the error names one field. */
  readonly parse: (json: unknown) => { readonly value: unknown } | { readonly error: FieldError }
}

/** What the validator tells of one rule that was broken. */
interface Broken {
  readonly keyword: string
  readonly schemaPath: string
  readonly instancePath: string
  readonly message: string
  readonly params: Readonly<Record<string, unknown>>
}

const isBase64 = { check: (text: unknown) => typeof text === 'string' && text.length % 4 === 0, error: () => '' }

/**
 * The same schema, but objects that do not say otherwise refuse unknown fields, and base64 must be whole. Parts of an
 * `allOf` stay open, since each of them sees the others' fields.
 */
function strict(schema: JsonSchema, open = false): JsonSchema {
  const each = (parts: readonly JsonSchema[], isOpen = open) => parts.map((part) => strict(part, isOpen))
  const fields = (parts: Readonly<Record<string, JsonSchema>>) =>
    Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, strict(part)]))
  return {
    ...schema,
    ...(schema['x-seabus'] === 'bytes' && { '~refine': [isBase64] }),
    ...(schema.properties && { properties: fields(schema.properties) }),
    ...(schema.properties && !open && { additionalProperties: schema.additionalProperties ?? false }),
    ...(schema.patternProperties && { patternProperties: fields(schema.patternProperties) }),
    ...(schema.items && {
      items: Array.isArray(schema.items)
        ? each(schema.items as JsonSchema[], false)
        : strict(schema.items as JsonSchema)
    }),
    ...(schema.anyOf && { anyOf: each(schema.anyOf) }),
    ...(schema.oneOf && { oneOf: each(schema.oneOf) }),
    ...(schema.allOf && { allOf: each(schema.allOf, true) })
  }
}

/** The part of a schema that a validator's path such as `#/properties/a/anyOf/0` points at. */
function schemaAt(schema: unknown, path: string): JsonSchema {
  const at = path.split('/').slice(1)
  return at.reduce((part, key) => (part as Record<string, unknown>)[key.replaceAll('~1', '/')], schema) as JsonSchema
}

/** How much of a name that came from outside is repeated, and how long a name is searched for what was meant. */
const TOLD = 100
export const short = (name: string) => (name.length <= TOLD ? name : `${name.slice(0, TOLD)}\u2026`)

const pointer = (path: string, name: string) => `${path}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`

/** The values that would do at the place of an error, over all branches of a union. */
function allowedValues(errors: readonly Broken[], instancePath: string): readonly unknown[] {
  const here = errors.filter((error) => error.instancePath === instancePath)
  return here.flatMap(({ keyword, params }) => {
    if (keyword === 'enum') return params['allowedValues']
    return keyword === 'const' ? [params['allowedValue']] : []
  })
}

function describe(errors: readonly [Broken, ...Broken[]], schema: JsonSchema): FieldError {
  const broken = errors[0]
  const { keyword, params } = broken
  const instancePath = short(broken.instancePath)
  const part = schemaAt(schema, broken.schemaPath)
  if (keyword === 'additionalProperties') {
    const given = (params['additionalProperties'] as string[])[0] ?? ''
    const name = short(given)
    const known = Object.keys(part.properties ?? {})
    const meant = name === given ? nearest(name, known) : undefined
    const hint = meant === undefined ? `known: ${known.join(', ') || 'none'}` : `did you mean ${meant}?`
    return { code: 'field-unknown', field: pointer(instancePath, name), detail: `unknown field ${name} (${hint})` }
  }
  if (keyword === 'required') {
    const name = (params['requiredProperties'] as string[])[0] ?? ''
    return { code: 'field-missing', field: pointer(instancePath, name), detail: `field ${name} is missing` }
  }
  const name = instancePath === '' ? 'the value' : instancePath
  const invalid = (detail: string): FieldError => ({ code: 'field-invalid', field: instancePath, detail })
  if (part['x-seabus'] === 'u64') {
    return invalid(`${name} must be a 64-bit value as a lower-case hex string such as "0x48001000"`)
  }
  if (part['x-seabus'] === 'bytes') return invalid(`${name} must be base64 with padding`)
  const allowed = allowedValues(errors, broken.instancePath)
  if (allowed.length === 1) return invalid(`${name} must be ${String(allowed[0])}`)
  if (allowed.length > 1) return invalid(`${name} must be one of ${allowed.join(', ')}`)
  return invalid(`${name} ${broken.message}`)
}

const BRANCH = /^(.*?\/(?:anyOf|oneOf)\/\d+)(?:\/|$)/

/** Errors outside of unions say most; within one, the errors of a branch whose constant (its discriminator) fits. */
function choose(errors: readonly Broken[]): readonly Broken[] {
  const told = errors.filter(({ keyword }) => keyword !== 'boolean' && keyword !== 'anyOf' && keyword !== 'oneOf')
  const certain = told.filter((error) => !BRANCH.test(error.schemaPath))
  // A value that cannot be says what was meant; a misspelt name is also missing under its right one.
  const ofName = ['additionalProperties', 'required']
  const first =
    certain.find(({ keyword }) => !ofName.includes(keyword)) ??
    certain.find(({ keyword }) => keyword === 'additionalProperties') ??
    certain[0]
  if (first !== undefined) return [first]
  const branchOf = (error: Broken) => BRANCH.exec(error.schemaPath)?.[1]
  const other = new Set(told.filter(({ keyword }) => keyword === 'const').map(branchOf))
  const meant = told.filter((error) => !other.has(branchOf(error)))
  const deepest = (meant.length > 0 ? meant : told).toSorted((a, b) => b.instancePath.length - a.instancePath.length)[0]
  return deepest === undefined ? [] : [deepest, ...told.filter((error) => error !== deepest)]
}

function compile(schema: TSchema): Wire {
  const whole = strict(schema)
  const check = Compile(whole as TSchema)
  const { encode, decode } = compileCodec(schema)
  return {
    encode,
    parse(json) {
      if (check.Check(json)) return { value: decode(json) }
      const [first, ...rest] = choose(check.Errors(json))
      if (first === undefined) return { error: { code: 'field-invalid', field: '', detail: 'does not fit its schema' } }
      return { error: describe([first, ...rest], whole) }
    }
  }
}

/** A schema never changes, so that it is compiled once for all who use it. */
const wires = new WeakMap<TSchema, Wire>()

/** Validation and codec of a schema; compiled when first used, since a service knows more messages than it meets. */
export function wire(schema: TSchema): Wire {
  let known = wires.get(schema)
  if (known === undefined) wires.set(schema, (known = lazily(() => compile(schema))))
  return known
}

function lazily(make: () => Wire): Wire {
  let compiled: Wire | undefined
  const made = () => (compiled ??= make())
  return { encode: (value) => made().encode(value), parse: (json) => made().parse(json) }
}
