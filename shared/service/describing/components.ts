import { canonicalJson } from '../../contracts/canonical-json.ts'
import type { Fields } from '../../contracts/fields.ts'

/** Titles by which schemas are known; others are words for people. */
const NAME = /^[A-Z][A-Za-z0-9]*$/
/** What says something about a place where a schema is used, and may stand beside its `$ref`. */
const BESIDE: ReadonlySet<string> = new Set(['description', 'default', 'example', 'examples', 'deprecated'])
/** Values, and no schemas. */
const VALUES: ReadonlySet<string> = new Set(['default', 'example', 'examples', 'const', 'enum', 'required'])
/** Their keys are names of fields, not words of JSON Schema. */
const NAMED: ReadonlySet<string> = new Set(['properties', 'patternProperties'])

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * Takes the schemas that have a name as their `title` out of a document: each stands in `schemas` once, and everywhere else is
 * a reference to it.
 */
export class Components {
  readonly #prefix: string
  readonly #schemas = new Map<string, Fields>()
  readonly #texts = new Map<string, string>()
  /** Many answers share one schema. */
  readonly #known = new WeakMap<Fields, Fields>()

  /** `prefix` is where the schemas will stand: `#/components/schemas/`. */
  constructor(prefix = '#/components/schemas/') {
    this.#prefix = prefix
  }

  /** By name, in the order of the alphabet. */
  get schemas(): Readonly<Record<string, Fields>> {
    return Object.fromEntries([...this.#schemas].toSorted(([a], [b]) => (a < b ? -1 : 1)))
  }

  /** A part of a document with references. Throws Error for two schemas that are different and have the same name. */
  taken(part: unknown): unknown {
    if (Array.isArray(part)) return part.map((one) => this.taken(one))
    if (!isObject(part)) return part
    let taken = this.#known.get(part)
    if (taken === undefined) this.#known.set(part, (taken = this.#take(part)))
    return taken
  }

  #take(part: Fields): Fields {
    const whole = Object.fromEntries(
      Object.entries(part).map(([key, value]) => {
        if (VALUES.has(key)) return [key, value]
        return [key, NAMED.has(key) && isObject(value) ? this.#fields(value) : this.taken(value)]
      })
    )
    const schema = withType(whole)
    const { title } = schema
    return typeof title === 'string' && NAME.test(title) ? this.#reference(title, schema) : schema
  }

  #fields(fields: Fields): Fields {
    return Object.fromEntries(Object.entries(fields).map(([name, schema]) => [name, this.taken(schema)]))
  }

  #reference(name: string, titled: Fields): Fields {
    const schema = untitled(titled)
    const $ref = this.#prefix + name
    const bare = partOf(schema, (key) => !BESIDE.has(key))
    const meaning = canonicalJson(bare)
    if (!this.#schemas.has(name)) {
      this.#schemas.set(name, bare)
      this.#texts.set(name, meaning)
    }
    if (this.#texts.get(name) !== meaning) throw new Error(`two different schemas have the name ${name}`)
    // What is said of it is of this place, and another at others.
    return { $ref, ...partOf(schema, (key) => BESIDE.has(key)) }
  }
}

const partOf = (schema: Fields, has: (key: string) => boolean): Fields =>
  Object.fromEntries(Object.entries(schema).filter(([key]) => has(key)))

/** A schema without its name. */
export const untitled = (schema: Fields): Fields => partOf(schema, (key) => key !== 'title')

/** A schema by its own name, or by another where it has none. */
export const called = <Schema extends object>(schema: Schema, name: string) => ({ title: name, ...schema })

/** What makes types of schemas wants to be told of what type the values of an enumeration are. */
function withType(schema: Fields): Fields {
  const { enum: values, type } = schema
  if (type !== undefined || !Array.isArray(values)) return schema
  const isAll = (name: string) => values.every((value) => typeof value === name)
  if (isAll('string')) return { type: 'string', ...schema }
  return isAll('number') ? { type: 'number', ...schema } : schema
}
