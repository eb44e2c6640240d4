import { Type, type TSchema } from 'typebox'
import { Became } from '../../contracts/became.ts'
import { named, Unreachable } from '../../contracts/common.ts'
import { EventId } from '../../contracts/event-id.ts'
import type { Fields } from '../../contracts/fields.ts'
import type { MessageType } from '../../contracts/message.ts'
import { exampleBody, fieldSchema, pathParameters } from '../../contracts/path.ts'
import type { ProblemCode } from '../../contracts/problem.ts'
import { bytesField } from '../bytes.ts'
import { EVENT_MEDIA_TYPE, HEADER } from '../../transport/headers.ts'
import { WaitQuery } from '../wait-query.ts'
import { called, untitled } from './components.ts'
import { operationIdOf, pascal, replyName } from './operation-id.ts'
import { json, operation, orBytes, RAW } from './operation.ts'

// Bodies are validated by the engine's own codecs, from the same contracts: these schemas are for readers alone.
export const MachineParameter = Type.String({ description: 'name of a machine', examples: ['m0'] })

const Accepted = {
  ...json(named('Accepted', { id: Type.String() }), 'Accepted: it will take effect exactly once'),
  headers: {
    location: { type: 'string', description: 'its entry in the journal' },
    [HEADER.journal]: { type: 'string', description: 'the place of that' }
  }
}
/** The same of a message that gave an address, which may say that nobody is there. */
const AcceptedAddress = {
  ...Accepted,
  ...json(
    named('AcceptedAddress', { id: Type.String(), unreachable: Type.Optional(Unreachable) }),
    'Accepted: it will take effect exactly once'
  )
}
const BecameOfAddress = named('BecameOfAddress', { ...Became.properties, unreachable: Type.Optional(Unreachable) })
const becameOf = ({ address }: MessageType) => (address === undefined ? Became : BecameOfAddress)
const Headers = Type.Object({
  [HEADER.idempotencyKey]: Type.Optional(
    Type.String({ ...EventId, description: 'becomes the id; a repeat changes nothing' })
  )
})
const SETTLED = 'With wait=settled: what became of it'

/** What whoever sends a message is refused, whichever it is. */
const REFUSED: readonly ProblemCode[] = [
  'machine-unknown',
  'machine-deleted',
  'idempotency-key-invalid',
  'idempotency-key-reused',
  'field-missing',
  'machine-full',
  'storage-full',
  'storage-failed',
  'neighbour-backlog',
  'answer-late',
  'answer-forgotten'
]
/** Where a field names a service by its address, or by a name that somebody may not know. */
const BY_NAME: readonly ProblemCode[] = ['address-refused', 'policy-unknown', 'profile-unknown']
/** With `wait=settled`. */
const NOT_SETTLED: readonly ProblemCode[] = ['dead-letter', 'outcome-unknown', 'message-unknown']
/** Not there, not so, no sense, not modelled. */
const BY_MODEL = [404, 409, 422, 501]

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

/** The body of a message: its data but for what the path says, by the name of its own if it is all of that. */
function bodyOf(message: MessageType, inPath: readonly string[], defaults: Fields): Record<string, unknown> {
  const whole = withDefaults(without(message.data, inPath), defaults)
  const { title } = message.data as { readonly title?: string }
  const isAll = inPath.every((name) => fieldSchema(message.data, name) === undefined)
  const example = exampleBody(message)
  const name = isAll && title !== undefined ? title : pascal(operationIdOf(message))
  return { ...whole, title: name, ...(example && { examples: [example] }) }
}

/** A reply, by the name of its own or of its message; with the question waited for, what became of that. */
function replyOf(message: MessageType, reply: TSchema): TSchema {
  const told = called(reply, replyName(message))
  return message.method === 'GET' ? told : Type.Union([told, becameOf(message)])
}

/** The fields of a query, and how long it waits. */
function withWait(schema: Record<string, unknown>): Record<string, unknown> {
  return { ...schema, properties: { ...(schema['properties'] as object), ...WaitQuery.properties } }
}

function queryOf({ method, data, raw }: MessageType, inPath: readonly string[]) {
  if (method === 'GET') return untitled(without(data, inPath))
  if (raw === undefined) return WaitQuery
  return untitled(withWait({ ...without(data, [...inPath, raw]), required: [] }))
}

/** A message as an operation. `defaults` are the fields that it has here unless it says otherwise. */
export function messageOperation(message: MessageType, defaults: Fields = {}) {
  const { method, path, data, raw, reply, summary, description, type } = message
  const inPath = pathParameters(path)
  const params = inPath.map((name) => [name, fieldSchema(data, name) ?? MachineParameter] as const)
  const body = { content: { 'application/json': { schema: bodyOf(message, inPath, defaults) }, ...(raw && RAW) } }
  const answered = reply === undefined ? json(becameOf(message), SETTLED) : json(replyOf(message, reply), 'Answered')
  const ok = bytesField(message) === undefined ? answered : orBytes(answered)
  return operation({
    id: operationIdOf(message),
    summary,
    description,
    tags: [type.split('.')[0] ?? type],
    headers: Headers,
    params: Type.Object(Object.fromEntries(params)),
    querystring: queryOf(message, inPath),
    body: method === 'GET' ? undefined : body,
    answers:
      reply === undefined ? { 200: ok, 202: message.address === undefined ? Accepted : AcceptedAddress } : { 200: ok },
    refuses: [...REFUSED, ...(method === 'GET' ? [] : NOT_SETTLED), ...(message.address === undefined ? [] : BY_NAME)],
    modelRefuses: method === 'GET' ? BY_MODEL : [...BY_MODEL, 502, 503]
  })
}

/** Any of the messages, as an event. */
export function eventOperation(accepts: readonly MessageType[]) {
  const event = named('CloudEvent', {
    specversion: Type.Literal('1.0'),
    id: EventId,
    source: Type.String(),
    type: Type.Enum(accepts.map((message) => message.type)),
    subject: MachineParameter,
    data: Type.Unknown()
  })
  return operation({
    id: 'sendEvent',
    summary: 'Any of the messages, as a CloudEvent in structured mode',
    tags: ['events'],
    querystring: WaitQuery,
    body: { content: { [EVENT_MEDIA_TYPE]: { schema: event } } },
    answers: {
      200: orBytes(json({}, `Answered; of a message without an answer: ${SETTLED.toLowerCase()}`)),
      202: Accepted
    },
    refuses: [...REFUSED, ...NOT_SETTLED, ...BY_NAME, 'event-type-unknown'],
    modelRefuses: [...BY_MODEL, 502, 503]
  })
}
