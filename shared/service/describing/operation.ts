import type { TObject, TSchema } from 'typebox'
import type { ProblemCode } from '../../contracts/problem.ts'
import { BYTES_MEDIA_TYPE } from '../../transport/headers.ts'

type Schema = TSchema | Readonly<Record<string, unknown>>

/** What is answered with one status: for each media type what the body is. */
export interface Answered {
  readonly description: string
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>
  readonly headers?: Readonly<Record<string, { readonly type: string; readonly description: string }>>
}

/** An operation of a service: what `/openapi.json` says of it. Nothing of it is enforced, a test holds all answers to it. */
export interface Operation {
  /** What is done, to what: `getMachine`. No two operations of a service have the same. */
  readonly id: string
  readonly summary: string
  readonly description?: string | undefined
  readonly tags: readonly string[]
  readonly params?: TObject | undefined
  readonly querystring?: Schema | undefined
  readonly headers?: TObject | undefined
  readonly body?: Schema | undefined
  /** By status, but for refusals. */
  readonly answers: Readonly<Record<number, Answered>>
  /** What it refuses, besides what every operation does (`refusals.ts`). */
  readonly refuses?: readonly ProblemCode[]
  /** Statuses with which the model refuses, by codes that no list here has. */
  readonly modelRefuses?: readonly number[]
}

/** The schema of a route as Fastify takes it; `document.ts` makes answers of what it refuses. */
export function operation({ id, answers, refuses = [], modelRefuses = [], ...rest }: Operation) {
  const given = Object.entries(rest).filter(([, value]) => value !== undefined)
  return {
    operationId: id,
    ...Object.fromEntries(given),
    response: answers,
    'x-refuses': refuses,
    'x-model-refuses': modelRefuses
  }
}

/** `application/json`. */
export const json = (schema: Schema, description: string): Answered => ofType('application/json', schema, description)

export const ofType = (type: string, schema: Schema, description: string): Answered => ({
  description,
  content: { [type]: { schema } }
})

export const TEXT_SCHEMA = { type: 'string' } as const
const BYTES_SCHEMA = { type: 'string', format: 'binary' } as const

/** The same answer, also as raw bytes for whoever accepts those. */
export const orBytes = ({ content, ...rest }: Answered): Answered => ({ ...rest, content: { ...content, ...RAW } })

/** What carries raw bytes, by its media type. */
export const RAW = { [BYTES_MEDIA_TYPE]: { schema: BYTES_SCHEMA } } as const
