import type { Fields } from './fields.ts'
import { hex } from '../formats/hex.ts'
import type { TSchema } from 'typebox'
import { Compile } from 'typebox/compile'

/**
 * Between what a model holds (bigint, Uint8Array) and what JSON carries (`"0x…"`, base64), compiled once from a
 * schema whose 64-bit and byte fields are annotated `x-seabus` (wire.ts). Parts of a value that hold neither are
 * passed through as they are, the same object and not a copy.
 */
export interface Codec {
  /** Model value to JSON value. Throws RangeError for a number that does not fit 64 bits. */
  readonly encode: (value: unknown) => unknown
  /** JSON value, already validated, to model value. */
  readonly decode: (json: unknown) => unknown
}

/** The parts of JSON Schema that our contracts use. */
export interface JsonSchema {
  readonly 'x-seabus'?: 'u64' | 'bytes'
  readonly $ref?: string
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly patternProperties?: Readonly<Record<string, JsonSchema>>
  readonly additionalProperties?: JsonSchema | boolean
  readonly items?: JsonSchema | readonly JsonSchema[]
  readonly prefixItems?: readonly JsonSchema[]
  readonly anyOf?: readonly JsonSchema[]
  readonly oneOf?: readonly JsonSchema[]
  readonly allOf?: readonly JsonSchema[]
}

type Convert = (value: unknown) => unknown
/** How the leaves are converted, and how one branch of a union is told from the others. */
interface Direction {
  readonly u64: Convert
  readonly bytes: Convert
  readonly union: (branches: readonly JsonSchema[], converts: readonly (Convert | undefined)[]) => Convert
}

const U64_MAX = 0xffff_ffff_ffff_ffffn

function encodeU64(value: unknown): unknown {
  if (typeof value !== 'bigint') return value
  if (value < 0n || value > U64_MAX) throw new RangeError(`${value} does not fit an unsigned 64-bit field`)
  return hex(value)
}
const encodeBytes: Convert = (value) => (value instanceof Uint8Array ? value.toBase64() : value)

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null

/**
 * Any model value as JSON, by what its parts are instead of by a schema: for journals and notes. Gives the same as
 * `encode` of the value's schema.
 */
export function wireOf(value: unknown): unknown {
  if (typeof value === 'bigint') return encodeU64(value)
  if (!isFields(value)) return value
  if (value instanceof Uint8Array) return value.toBase64()
  if (Array.isArray(value)) return value.map(wireOf)
  const out: Record<string, unknown> = {}
  for (const key in value) out[key] = wireOf(value[key])
  return out
}

const ENCODE: Direction = { u64: encodeU64, bytes: encodeBytes, union: () => wireOf }

const DECODE: Direction = {
  u64: (json) => BigInt(json as string),
  bytes: (json) => Uint8Array.fromBase64(json as string),
  union(branches, converts) {
    const checks = branches.map((branch) => Compile(branch as TSchema))
    return (json) => {
      const chosen = checks.findIndex((branch) => branch.Check(json))
      const convert = converts[chosen]
      return convert === undefined ? json : convert(json)
    }
  }
}

/** A converter of one schema, or undefined when nothing below it needs converting. */
function converter(schema: JsonSchema, direction: Direction): Convert | undefined {
  if (schema.$ref !== undefined) throw new Error(`the wire codec does not follow $ref (${schema.$ref})`)
  if (schema['x-seabus'] === 'u64') return direction.u64
  if (schema['x-seabus'] === 'bytes') return direction.bytes
  const branches = schema.anyOf ?? schema.oneOf
  if (branches !== undefined) {
    const converts = branches.map((branch) => converter(branch, direction))
    return converts.some((convert) => convert !== undefined) ? direction.union(branches, converts) : undefined
  }
  if (schema.allOf !== undefined) {
    const parts = schema.allOf.map((part) => converter(part, direction)).filter((part) => part !== undefined)
    return parts.length === 0 ? undefined : (value) => parts.reduce((whole, part) => part(whole), value)
  }
  return ofItems(schema, direction) ?? ofFields(schema, direction)
}

function ofItems(schema: JsonSchema, direction: Direction): Convert | undefined {
  const tuple = schema.prefixItems ?? (Array.isArray(schema.items) ? (schema.items as JsonSchema[]) : undefined)
  if (tuple !== undefined) {
    const each = tuple.map((item) => converter(item, direction))
    if (each.every((convert) => convert === undefined)) return undefined
    return (value) => (Array.isArray(value) ? value.map((item, i) => each[i]?.(item) ?? (item as unknown)) : value)
  }
  const item = schema.items === undefined ? undefined : converter(schema.items as JsonSchema, direction)
  if (item === undefined) return undefined
  return (value) => (Array.isArray(value) ? value.map(item) : value)
}

function ofFields(schema: JsonSchema, direction: Direction): Convert | undefined {
  const named = Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const convert = converter(field, direction)
    return convert === undefined ? [] : [[name, convert] as const]
  })
  const open = [...Object.values(schema.patternProperties ?? {}), schema.additionalProperties]
    .filter((rest) => typeof rest === 'object')
    .map((rest) => converter(rest, direction))
    .find((convert) => convert !== undefined)
  if (open !== undefined) return ofOpenFields(schema, named, open)
  if (named.length === 0) return undefined
  return (value) => {
    if (!isFields(value)) return value
    const out: Record<string, unknown> = { ...value }
    for (const [name, convert] of named) if (out[name] !== undefined) out[name] = convert(out[name])
    return out
  }
}

function ofOpenFields(schema: JsonSchema, named: readonly (readonly [string, Convert])[], open: Convert): Convert {
  const known = new Set(Object.keys(schema.properties ?? {}))
  const converts = new Map(named)
  return (value) => {
    if (!isFields(value)) return value
    const out: Record<string, unknown> = { ...value }
    for (const name in out) {
      const convert = known.has(name) ? converts.get(name) : open
      if (convert !== undefined && out[name] !== undefined) out[name] = convert(out[name])
    }
    return out
  }
}

const asIs: Convert = (value) => value

/** Compiles the codec of a schema. Throws when the schema uses `$ref`. */
export function compileCodec(schema: TSchema): Codec {
  return {
    encode: converter(schema, ENCODE) ?? asIs,
    decode: converter(schema, DECODE) ?? asIs
  }
}
