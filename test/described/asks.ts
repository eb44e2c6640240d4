import fc from 'fast-check'
import type { Schema } from '../support/json-schema.ts'
import type { Content, Document, Operation, Parameter, Placed } from './document.ts'

/** A request as it goes out. */
export interface Ask {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array | undefined
}

/** Values by the names of fields and parameters, such as mean something on a furnished machine. */
const USUAL: Readonly<Record<string, readonly unknown[]>> = {
  vm: ['vm0'],
  vcpu: [0],
  pid: [4242, 4242, 1200, 119],
  tid: [119, 4243],
  source: [0, 1, 3],
  policy: ['morse', 'qemu'],
  profile: ['reference', 'qemu-11.0'],
  hostPhysical: ['0x48001000', '0x7bf15000', '0x3f002008', '0x3f002040'],
  address: ['0x48001000', '0x7bf15000'],
  guestPhysical: ['0x40001000', '0x43da0018'],
  guestVirtual: ['0xffff90000018'],
  hostVirtual: ['0xffff9a801000', '0xffff80001000'],
  length: ['0x1000'],
  name: ['01-story', 'memory_failure_early_kill'],
  story: ['morse', 'sei'],
  specversion: ['1.0'],
  reg: ['pc']
}
const U64 = ['0x0', '0x1000', '0x48001000', '0x40001000', '0xffffffffffffffff', '0xbe000c11']
const junk = fc.oneof(
  fc.constantFrom<unknown>('', '0x0', 'vm0', '\u0000', '💥', null, true, -1, 2 ** 53, [], {}, 'x'.repeat(300)),
  fc.jsonValue({ maxDepth: 2 })
)

/** Makes requests of what a document says: such as it allows, such as it nearly allows, and such as it does not. */
export class Asks {
  readonly #document: Document

  constructor(document: Document) {
    this.#document = document
  }

  of({ path, method, operation }: Placed, machine: string): fc.Arbitrary<Ask> {
    const { parameters = [], responses } = operation
    const inside = (where: Parameter['in']) => parameters.filter((one) => one.in === where)
    const accepted = Object.values(responses).flatMap(({ content }) => Object.keys(content ?? {}))
    return fc
      .record({
        path: this.#path(path, inside('path'), machine),
        query: this.#texts(inside('query')),
        headers: this.#texts(inside('header')),
        accept: fc.constantFrom('*/*', ...accepted),
        sent: this.#body(method, operation)
      })
      .map(({ path: filled, query, headers, accept, sent }) => ({
        path: Object.keys(query).length === 0 ? filled : `${filled}?${new URLSearchParams(query).toString()}`,
        headers: { ...sent.headers, ...sendable(headers), accept },
        body: sent.body
      }))
  }

  #path(template: string, parameters: readonly Parameter[], machine: string): fc.Arbitrary<string> {
    const parts = parameters.map(({ name, schema }) => {
      if (name === 'machine') return often(fc.constant(machine), fc.constantFrom('nobody', 'M0', '%zz', '-'))
      const value = often(this.#value(schema, name), junk)
      return value.map((given) => segmentOf(textOf(given)))
    })
    return fc
      .tuple(...parts)
      .map((texts) => template.replaceAll(/\{(\w+)\}/g, (_, name) => texts[indexOf(parameters, String(name))] ?? '-'))
  }

  #texts(parameters: readonly Parameter[]): fc.Arbitrary<Record<string, string>> {
    const fields = parameters.map(({ name, schema }) => {
      // What follows a journal does not end, and who waits is not to wait for long.
      if (name === 'follow') return [name, fc.constantFrom('false', 'no', '', 'x')] as const
      if (name === 'within') return [name, fc.constantFrom('0', '1', '20', '-1', 'x')] as const
      if (name === 'prefer') return [name, fc.constantFrom('wait=0', 'wait=x', 'respond-async')] as const
      return [name, often(this.#value(schema, name), junk).map(textOf)] as const
    })
    const needed = parameters.filter(({ required }) => required === true).map(({ name }) => name)
    const known = fc.record(Object.fromEntries(fields), { requiredKeys: needed }) as fc.Arbitrary<
      Record<string, string>
    >
    return known.map((texts) => (texts['wait'] === undefined ? texts : { within: '20', ...texts }))
  }

  #body(method: string, { requestBody }: Operation): fc.Arbitrary<Pick<Ask, 'headers' | 'body'>> {
    if (method === 'GET' || requestBody === undefined) return fc.constant({ headers: {}, body: undefined })
    const kinds = Object.entries(requestBody.content).map(([type, content]) => this.#bodyOf(type, content))
    const json = { 'content-type': 'application/json' }
    const odd = fc.oneof(
      junk.map((value) => ({ headers: json, body: JSON.stringify(value) })),
      fc.constantFrom(
        { headers: json, body: '' },
        { headers: json, body: '{"x":' },
        { headers: { 'content-type': 'text/csv' }, body: 'a,b' },
        { headers: {}, body: undefined }
      )
    )
    return often(fc.oneof(...kinds), odd)
  }

  #bodyOf(type: string, { schema, example }: Content): fc.Arbitrary<Pick<Ask, 'headers' | 'body'>> {
    const headers = { 'content-type': type }
    if (type === 'application/octet-stream') {
      return fc.uint8Array({ maxLength: 200 }).map((body) => ({ headers, body: new Uint8Array(body) }))
    }
    const whole = this.#value(schema, '')
    const valid = example === undefined ? whole : fc.oneof(fc.constant(example), whole)
    const changed = fc.tuple(valid, fc.dictionary(fc.constantFrom(...this.#names(schema), 'x'), junk, { maxKeys: 2 }))
    const nearly = changed.map(([value, change]) => (isObject(value) ? { ...value, ...change } : change))
    return often(valid, nearly).map((value) => ({ headers, body: JSON.stringify(value) }))
  }

  #names(schema: Schema): readonly string[] {
    return Object.keys(this.#resolved(schema).properties ?? {})
  }

  #resolved(schema: Schema): Schema {
    const name = schema.$ref?.split('/').at(-1)
    return name === undefined ? schema : (this.#document.components.schemas[name] ?? {})
  }

  /** Values that a schema allows, many of them such as mean something. */
  #value(given: Schema, name: string, depth = 0): fc.Arbitrary<unknown> {
    const usual = USUAL[name]
    const any = this.#plain(given, depth)
    return usual === undefined ? any : fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...usual) }, any)
  }

  #plain(given: Schema, depth: number): fc.Arbitrary<unknown> {
    const schema = this.#resolved(given)
    if (schema['x-seabus'] === 'u64') return fc.constantFrom(...U64)
    if (schema['x-seabus'] === 'bytes')
      return fc.uint8Array({ maxLength: 40 }).map((b) => Buffer.from(b).toString('base64'))
    if (schema.const !== undefined) return fc.constant(schema.const)
    if (schema.enum !== undefined) return fc.constantFrom(...schema.enum)
    if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map((one) => this.#value(one, '', depth + 1)))
    switch (schema.type) {
      case 'boolean':
        return fc.boolean()
      case 'null':
        return fc.constant(null)
      case 'number':
      case 'integer': {
        const { minimum: min = -9, maximum: max = 2 ** 31 } = schema
        return fc.oneof(fc.integer({ min, max: Math.min(max, min + 5) }), fc.integer({ min, max: Math.max(min, max) }))
      }
      case 'string':
        return fc.string({ minLength: schema.minLength ?? 0, maxLength: 12 })
      case 'array': {
        const { items = {}, minItems = 0 } = schema
        return fc.array(this.#value(items, '', depth + 1), { minLength: minItems, maxLength: minItems + 2 })
      }
      case 'object':
        return this.#object(schema, depth)
      default:
        return fc.constantFrom({}, [], 'x', 1)
    }
  }

  #object({ properties = {}, required = [] }: Schema, depth: number): fc.Arbitrary<unknown> {
    const wanted = Object.entries(properties).filter(([name]) => depth < 4 || required.includes(name))
    const fields = wanted.map(([name, part]) => [name, this.#value(part, name, depth + 1)] as const)
    return fc.record(Object.fromEntries(fields), { requiredKeys: required.filter((name) => name in properties) })
  }
}

const often = <T, U>(usual: fc.Arbitrary<T>, seldom: fc.Arbitrary<U>) =>
  fc.oneof({ weight: 4, arbitrary: usual }, { weight: 1, arbitrary: seldom })

/** A segment of a path; an empty one, and those that mean another folder, are none. */
const segmentOf = (text: string) => (/^\.{0,2}$/.test(text) ? '-' : encodeURIComponent(text))

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const textOf = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''))

const indexOf = (parameters: readonly Parameter[], name: string) => parameters.findIndex((one) => one.name === name)

/** What can be the value of a header at all. */
const sendable = (headers: Record<string, string>) =>
  Object.fromEntries(Object.entries(headers).filter(([, text]) => /^[\x20-\x7e]*$/.test(text)))
