import { Type, type TSchema } from 'typebox'
import { Became, Waits } from '../contracts/became.ts'
import { EventId } from '../contracts/event-id.ts'
import type { Fields } from '../contracts/fields.ts'
import type { MessageType } from '../contracts/message.ts'
import { exampleBody, fieldSchema, pathParameters } from '../contracts/path.ts'
import { BYTES_MEDIA_TYPE, EVENT_MEDIA_TYPE, HEADER } from '../transport/headers.ts'
import { PROBLEM_MEDIA_TYPE } from '../contracts/problem.ts'
import type { ReadRoute } from './read-route.ts'
import { WaitQuery } from './wait-query.ts'

// The schemas that `/openapi.json` shows. Bodies are validated by the engine's own codecs, from the same contracts.
const Machine = Type.String({ description: 'name of a machine', examples: ['m0'] })

/** One mistake in a text that was sent. */
const TextError = Type.Object({
  line: Type.Integer({ description: 'from 1' }),
  column: Type.Integer({ description: 'from 1' }),
  length: Type.Optional(Type.Integer({ description: 'characters that are wrong from there on' })),
  path: Type.Optional(Type.String({ description: 'JSON pointer into what the text says' })),
  rule: Type.Optional(Type.String()),
  message: Type.String(),
  suggestion: Type.Optional(Type.String({ description: 'what could stand there instead' }))
})

/** What any refusal looks like. */
export const Problem = {
  description: 'Refused; nothing has changed. See /docs/problems.',
  content: {
    [PROBLEM_MEDIA_TYPE]: {
      schema: Type.Object({
        type: Type.String(),
        code: Type.String(),
        title: Type.String(),
        status: Type.Integer(),
        detail: Type.String(),
        instance: Type.Optional(Type.String()),
        field: Type.Optional(Type.String({ description: 'JSON pointer' })),
        rule: Type.Optional(Type.String()),
        errors: Type.Optional(Type.Array(TextError, { description: 'mistakes in a text, by line and column' })),
        waits: Type.Optional(Type.Array(Waits, { description: 'what was waited for when the time was over' }))
      })
    }
  }
}
const json = (schema: unknown, description: string) => ({ description, content: { 'application/json': { schema } } })
const Accepted = {
  ...json(Type.Object({ id: Type.String() }), 'Accepted: it will take effect exactly once'),
  headers: { location: { type: 'string', description: 'its entry in the journal' } }
}
const Headers = Type.Object({
  [HEADER.idempotencyKey]: Type.Optional(
    Type.String({ ...EventId, description: 'becomes the id; a repeat changes nothing' })
  )
})

/** An object schema without some of its fields. */
function without(schema: MessageType['data'], names: readonly string[]): Record<string, unknown> {
  const {
    properties,
    required = [],
    ...rest
  } = schema as unknown as {
    properties: Readonly<Record<string, TSchema>>
    required?: readonly string[]
  }
  const kept = Object.entries(properties).filter(([name]) => !names.includes(name))
  return { ...rest, properties: Object.fromEntries(kept), required: required.filter((name) => !names.includes(name)) }
}

function withDefaults(schema: Record<string, unknown>, defaults: Fields): Record<string, unknown> {
  const properties = { ...(schema['properties'] as Record<string, object>) }
  for (const [name, value] of Object.entries(defaults)) properties[name] = { ...properties[name], default: value }
  return { ...schema, properties }
}

/** The fields of a query, and how long it waits. */
function withWait(schema: Record<string, unknown>): Record<string, unknown> {
  return { ...schema, properties: { ...(schema['properties'] as object), ...WaitQuery.properties } }
}

/** A question that changes something may be waited for as well: then its answer is what became of it. */
function answeredWith({ method }: MessageType, reply: TSchema): TSchema {
  return method === 'GET' ? reply : Type.Union([reply, Became])
}

/** `defaults` are the fields that a message has here unless it says otherwise. */
export function messageSchema(message: MessageType, defaults: Fields = {}): Record<string, unknown> {
  const names = pathParameters(message.path)
  const params = names.map((name) => [name, fieldSchema(message.data, name) ?? Machine] as const)
  const example = exampleBody(message)
  const body = { ...withDefaults(without(message.data, names), defaults), ...(example && { examples: [example] }) }
  const content = { 'application/json': { schema: body } }
  const raw = { [BYTES_MEDIA_TYPE]: { schema: { type: 'string', format: 'binary' } } }
  return {
    summary: message.summary,
    ...(message.description === undefined ? {} : { description: message.description }),
    operationId: message.type,
    tags: [message.type.split('.')[0]],
    headers: Headers,
    params: Type.Object(Object.fromEntries(params)),
    ...(message.method === 'GET' && { querystring: without(message.data, names) }),
    ...(message.raw !== undefined && {
      querystring: withWait({ ...without(message.data, [...names, message.raw]), required: [] })
    }),
    ...(message.method !== 'GET' && {
      body: { content: message.raw === undefined ? content : { ...content, ...raw } }
    }),
    ...(message.method !== 'GET' && message.raw === undefined && { querystring: WaitQuery }),
    response:
      message.reply === undefined
        ? { 200: json(Became, 'With wait=settled: what became of it'), 202: Accepted, '4xx': Problem }
        : { 200: json(answeredWith(message, message.reply), 'Answered'), '4xx': Problem, '5xx': Problem }
  }
}

export function readSchema(route: ReadRoute<unknown>, giveBytes: boolean): Record<string, unknown> {
  const params = pathParameters(route.path).map((name) => {
    const own = route.params === undefined ? undefined : fieldSchema(route.params, name)
    return [name, own ?? (name === 'machine' ? Machine : Type.String())] as const
  })
  const ok = json(route.reply ?? {}, route.summary)
  const bytes = {
    ...ok,
    content: { ...ok.content, [BYTES_MEDIA_TYPE]: { schema: { type: 'string', format: 'binary' } } }
  }
  return {
    summary: route.summary,
    tags: ['reads'],
    params: Type.Object(Object.fromEntries(params)),
    ...(route.query && { querystring: route.query }),
    response: { 200: giveBytes ? bytes : ok, '4xx': Problem }
  }
}

export function eventSchema(accepts: readonly MessageType[]): Record<string, unknown> {
  const event = Type.Object({
    specversion: Type.Literal('1.0'),
    id: EventId,
    source: Type.String(),
    type: Type.Enum(accepts.map((message) => message.type)),
    subject: Machine,
    data: Type.Unknown()
  })
  return {
    summary: 'Any of the messages, as a CloudEvent in structured mode',
    operationId: 'events.post',
    tags: ['events'],
    querystring: WaitQuery,
    body: { content: { [EVENT_MEDIA_TYPE]: { schema: event } } },
    response: { 200: json({}, 'Answered'), 202: Accepted, '4xx': Problem }
  }
}

/** For routes that every service has. */
export function systemSchema(summary: string, querystring?: TSchema): Record<string, unknown> {
  return { summary, tags: ['service'], ...(querystring && { querystring }) }
}

/** For journals: NDJSON by itself, lines for people when asked for text, a frame a line over a WebSocket. */
export function journalSchema(tag: string, summary: string, querystring: TSchema): Record<string, unknown> {
  const text = { schema: { type: 'string' } }
  const content = { 'application/x-ndjson': text, 'text/plain': text }
  return {
    summary,
    description:
      'NDJSON, an entry a line; with `accept: text/plain` the lines of the story for people; as a WebSocket one line a frame.',
    tags: [tag],
    querystring,
    response: { 200: { description: 'Entries, in order', content }, '4xx': Problem }
  }
}
