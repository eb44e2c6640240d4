import type { Static, TObject, TSchema } from 'typebox'
import type { MessageType } from '../shared/contracts/message.ts'
import { ProblemError, type ProblemCode } from '../shared/contracts/problem.ts'
import { wire } from '../shared/contracts/validate.ts'
import { hex } from '../shared/formats/hex.ts'

/** Data of a message as JSON carries them, for a service of your own: addresses as `"0x…"`, bytes as base64. Throws ProblemError. */
export function toJson<Data extends TObject>({ data: schema, type }: MessageType<Data>, data: Static<Data>): unknown {
  return checkedJson(schema, data, type)
}

/** Data of a message out of JSON. Throws ProblemError, whose `problem.field` is the JSON pointer of what is wrong. */
export function fromJson<Data extends TObject>({ data: schema, type }: MessageType<Data>, json: unknown): Static<Data> {
  return parsedJson(schema, json, type)
}

/** A number of 64 bits where the schema has none becomes JSON too, so that the schema says what is wrong. */
const asJson = (schema: TSchema, value: unknown): unknown => {
  const text = JSON.stringify(wire(schema).encode(value ?? null), (_, part: unknown) =>
    typeof part === 'bigint' ? hex(part) : part
  )
  return JSON.parse(text) as unknown
}

/** A value of a program, held against its schema, as JSON. Throws ProblemError that says what the value is of. */
export function checkedJson(schema: TSchema, value: unknown, of: string, code?: ProblemCode): unknown {
  const json = asJson(schema, value)
  parsedJson(schema, json, of, code)
  return json
}

/** A value of a program, held against its schema: a copy. Throws ProblemError that says what the value is of. */
export function checked<Schema extends TSchema>(
  schema: Schema,
  value: unknown,
  of: string,
  code?: ProblemCode
): Static<Schema> {
  return parsedJson(schema, asJson(schema, value), of, code)
}

/** JSON, held against its schema, as a value of a program. Throws ProblemError that says what it is of. */
export function parsedJson<Schema extends TSchema>(
  schema: Schema,
  json: unknown,
  of: string,
  code?: ProblemCode
): Static<Schema> {
  const parsed = wire(schema).parse(json)
  if ('value' in parsed) return parsed.value as Static<Schema>
  const { error } = parsed
  throw new ProblemError(code ?? error.code, `${of}: ${error.detail}`, { field: error.field })
}
