import type { TObject } from 'typebox'
import type { JsonSchema } from './codec.ts'
import type { MessageType } from './message.ts'

/** The names of a path template's parameters: `/v1/machines/:machine/vms/:vm` has `machine` and `vm`. */
export function pathParameters(template: string): readonly string[] {
  return [...template.matchAll(/:(\w+)/g)].map(([, name]) => name ?? '')
}

/** The example of a message without what the path says, as a body; undefined when there is none. */
export function exampleBody({ path, example }: MessageType): Readonly<Record<string, unknown>> | undefined {
  if (example === undefined) return undefined
  const names = pathParameters(path)
  return Object.fromEntries(Object.entries(example).filter(([name]) => !names.includes(name)))
}

/** A field of an object schema. */
export function fieldSchema(schema: TObject, name: string): FieldSchema | undefined {
  return (schema as { properties?: Readonly<Record<string, FieldSchema>> }).properties?.[name]
}

/** What is needed of a field to write it into a path or read it from one. */
export interface FieldSchema extends JsonSchema {
  readonly type?: string
  readonly minimum?: number
  readonly enum?: readonly unknown[]
  readonly examples?: readonly unknown[]
  readonly default?: unknown
}

/**
 * A path or query value as JSON of its field: text is all a URL has. What does not look like the field's type stays
 * text, for validation to refuse.
 */
export function fieldOfText(schema: FieldSchema | undefined, text: string): unknown {
  const type = schema?.type
  if ((type === 'integer' || type === 'number') && text.trim() !== '' && !Number.isNaN(Number(text)))
    return Number(text)
  if (type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true'
  return text
}

/**
 * Writes messages of a type as HTTP requests: the path with its fields filled in, and what is left of the data, which is
 * the query of a GET and the body of everything else.
 */
export function requestOf(message: MessageType): (machine: string, data: unknown) => { path: string; body: unknown } {
  const names = new Set(pathParameters(message.path))
  const parts = message.path.split(/:(\w+)/)
  const isGet = message.method === 'GET'
  return (machine, data) => {
    const fields = data as Readonly<Record<string, unknown>>
    let path = ''
    for (const [i, part] of parts.entries()) {
      if (i % 2 === 0) path += part
      else path += encodeURIComponent(part === 'machine' ? machine : String(fields[part]))
    }
    if (names.size === 1 && !isGet) return { path, body: data }
    const rest = Object.entries(fields).filter(([name, value]) => !names.has(name) && value !== undefined)
    if (!isGet) return { path, body: Object.fromEntries(rest) }
    const query = new URLSearchParams(rest.map(([name, value]) => [name, String(value)]))
    return { path: query.size === 0 ? path : `${path}?${query.toString()}`, body: undefined }
  }
}
