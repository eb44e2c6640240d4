import type { Fields } from '../contracts/fields.ts'
import { Type } from 'typebox'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { MessageType } from '../contracts/message.ts'
import { fieldOfText, fieldSchema, pathParameters } from '../contracts/path.ts'
import { wire, type FieldError } from '../contracts/validate.ts'
import { contextOf } from '../contracts/trace-context.ts'
import { traceOf } from './trace-of.ts'
import type { Reply } from '../transport/transport.ts'
import type { Incoming } from '../engine/accepted.ts'
import type { Engine } from '../engine/engine.ts'
import type { Defaults } from '../engine/ports.ts'
import { BYTES_MEDIA_TYPE, EVENT_MEDIA_TYPE, HEADER, layerOfSource } from '../transport/headers.ts'
import { eventHeaders } from './event-headers.ts'
import { EVENT_MAX } from '../contracts/event-bounds.ts'
import { ID_RULE, isId } from '../contracts/event-id.ts'
import { problem, ProblemError } from '../contracts/problem.ts'
import { bytesField, sendBytes, wantsBytes } from './bytes.ts'
import type { AllowedAddresses } from '../transport/allowed-addresses.ts'
import type { FollowPorts } from './follow.ts'
import { addressHooks, requireAddress } from './given-address.ts'
import { sendProblem } from './problems.ts'
import { answerSettled, waitOf } from './settled.ts'
import { WAIT_NAMES } from './wait-query.ts'
import { eventOperation, messageOperation } from './describing/message-operation.ts'

type MessageRequest = FastifyRequest<{ Params: Record<string, string>; Querystring: Record<string, string> }>

/** How long a question from outside may stay open before it is answered with `answer-late`. */
const ANSWER_MS = 30_000

const CloudEvent = Type.Object(
  {
    specversion: Type.Literal('1.0'),
    id: Type.String(),
    source: Type.String({ maxLength: EVENT_MAX.source }),
    type: Type.String({ maxLength: EVENT_MAX.type }),
    subject: Type.String({ maxLength: EVENT_MAX.subject, description: 'the machine' }),
    time: Type.Optional(Type.String({ maxLength: EVENT_MAX.time })),
    datacontenttype: Type.Optional(Type.Literal('application/json')),
    data: Type.Optional(Type.Unknown()),
    causationid: Type.Optional(Type.String({ maxLength: EVENT_MAX.causationid })),
    traceparent: Type.Optional(Type.String({ maxLength: EVENT_MAX.traceparent })),
    // One that is not what it should be counts as none.
    tracestate: Type.Optional(Type.String())
  },
  { additionalProperties: true }
)

export interface MessagePorts extends FollowPorts {
  readonly engine: Engine
  /** Where services may be whose address comes with a message. */
  readonly addresses: AllowedAddresses
  /** Fields that a message has unless it says otherwise. */
  readonly defaults?: Defaults | undefined
}

/** The HTTP side of everything a layer accepts. */
export function messageRoutes(app: FastifyInstance, ports: MessagePorts, accepts: readonly MessageType[]): void {
  for (const message of accepts) {
    if (message.raw === undefined) messageRoute(app, ports, message)
    else void app.register(async (scope) => rawRoute(scope, ports, message))
  }
  void app.register(async (scope) => eventRoute(scope, ports, accepts))
}

/** A message whose body may also be raw bytes. */
function rawRoute(app: FastifyInstance, ports: MessagePorts, message: MessageType): void {
  app.addContentTypeParser(BYTES_MEDIA_TYPE, { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  messageRoute(app, ports, message)
}

function messageRoute(app: FastifyInstance, ports: MessagePorts, message: MessageType): void {
  const dataOf = reader(message)
  app.route({
    method: message.method,
    url: message.path,
    schema: messageOperation(message, ports.defaults?.[message.type]),
    ...addressHooks(message, ports.addresses),
    handler(request: MessageRequest, reply) {
      offer(request, reply, ports, message, dataOf(request))
      return reply
    }
  })
}

/** How the data of a message is put together from the body, the path and, where there is no JSON body, the query. */
function reader(message: MessageType): (request: MessageRequest) => unknown {
  const inPath = pathParameters(message.path).filter((name) => name !== 'machine')
  const fromText = (name: string, text: string | undefined) => fieldOfText(fieldSchema(message.data, name), text ?? '')
  const isGet = message.method === 'GET'
  return (request) => {
    const { query, params } = request
    const body = request.body ?? {}
    const isRaw = message.raw !== undefined && body instanceof Uint8Array
    if (!isGet && !isRaw) requireInBody(query)
    if (!isGet && !isRaw && (inPath.length === 0 || typeof body !== 'object' || Array.isArray(body))) return body
    const data: Record<string, unknown> = isGet || isRaw ? {} : { ...body }
    if (isGet || isRaw) {
      for (const name in query) if (isGet || !WAIT_NAMES.has(name)) data[name] = fromText(name, query[name])
    }
    if (isRaw) data[message.raw] = body.toBase64()
    for (const name of inPath) {
      const value = fromText(name, params[name])
      if (Object.hasOwn(data, name) && data[name] !== value) {
        throw new ProblemError('field-invalid', `the path says that ${name} is ${String(value)}`, { field: `/${name}` })
      }
      data[name] = value
    }
    return data
  }
}

/** A query says the fields of a message only where the body cannot. Throws ProblemError for one that nobody would read. */
function requireInBody(query: Readonly<Record<string, string>>): void {
  const name = Object.keys(query).find((each) => !WAIT_NAMES.has(each))
  if (name === undefined) return
  throw new ProblemError('field-unknown', `${name} stands in the body, where that is JSON`, { field: `/${name}` })
}

function refuse(error: FieldError, prefix = ''): never {
  throw new ProblemError(error.code, error.detail, { field: prefix + error.field })
}

/** What the headers say of a message, for those who send it as an event in binary mode. */
function offer(
  request: MessageRequest,
  reply: FastifyReply,
  ports: MessagePorts,
  message: MessageType,
  json: unknown
): void {
  const machine = request.params['machine'] ?? ''
  take(request, reply, ports, message, { machine, json, ...eventHeaders(request) })
}

function eventRoute(app: FastifyInstance, ports: MessagePorts, accepts: readonly MessageType[]): void {
  const messages = new Map(accepts.map((message) => [message.type, message]))
  const envelope = wire(CloudEvent)
  app.removeContentTypeParser('application/json')
  app.addContentTypeParser(EVENT_MEDIA_TYPE, { parseAs: 'string' }, app.getDefaultJsonParser('error', 'error'))
  const preHandler = async ({ body }: FastifyRequest) => {
    const { type, data } = (body ?? {}) as Fields
    const message = messages.get(String(type))
    if (message !== undefined) await requireAddress(message, data, ports.addresses, '/data')
  }
  app.post('/v1/events', { schema: eventOperation(accepts), preHandler }, (request: MessageRequest, reply) => {
    const parsed = envelope.parse(request.body ?? {})
    if ('error' in parsed) refuse(parsed.error)
    const { id, source, type, subject, data, causationid, traceparent, tracestate } = parsed.value as Record<
      string,
      string
    > &
      Fields
    const message = messages.get(type ?? '')
    if (message === undefined) {
      throw new ProblemError('event-type-unknown', `${type} is not one of ${[...messages.keys()].join(', ')}`, {
        field: '/type'
      })
    }
    const sender = {
      machine: subject ?? '',
      id,
      from: layerOfSource(source),
      cause: causationid,
      traceparent: contextOf(traceparent, tracestate) ?? traceOf(request)
    }
    take(request, reply, ports, message, { ...sender, json: data ?? {} }, '/data')
    return reply
  })
}

/** Offers a message to the engine and answers as it does. Throws ProblemError for what never gets there. */
function take(
  request: MessageRequest,
  reply: FastifyReply,
  ports: MessagePorts,
  message: MessageType,
  incoming: Omit<Incoming, 'type' | 'data'>,
  at = ''
): void {
  const { engine } = ports
  const { machine, id, json } = incoming
  const withinMs = message.method === 'GET' ? undefined : waitOf(request.query)
  if (id !== undefined && !isId(id)) {
    throw new ProblemError('idempotency-key-invalid', ID_RULE)
  }
  if (!engine.has(machine)) throw new ProblemError('machine-unknown', `there is no machine ${machine}`)
  const parsed = engine.parse(message.type, json)
  if (parsed === undefined) throw new ProblemError('event-type-unknown', `${message.type} is not accepted here`)
  if ('error' in parsed) refuse(parsed.error, at)
  const late: { timer?: NodeJS.Timeout } = {}
  let answered = false
  const taken = engine.accept({ ...incoming, type: message.type, data: parsed.value }, (result) => {
    if (answered) return
    answered = true
    clearTimeout(late.timer)
    if (result.kind === 'refused' || withinMs === undefined) return answer(request, reply, message, result, at)
    // The id is known once the engine has said so; an answer may come before that.
    Promise.resolve()
      .then(() => answerSettled(request, reply, ports, { machine, id: taken, withinMs }))
      .catch((error: unknown) => void reply.send(error))
  })
  if (answered) return
  late.timer = setTimeout(() => {
    answered = true
    sendProblem(request, reply, problem('answer-late', `${message.type} has been accepted, but is not answered yet`))
  }, ANSWER_MS)
  late.timer.unref()
}

function answer(request: FastifyRequest, reply: FastifyReply, message: MessageType, result: Reply, at: string): void {
  switch (result.kind) {
    case 'accepted':
      void reply
        .code(202)
        .header('location', `/v1/journal?after=${result.seq - 1}&limit=1`)
        .header(HEADER.journal, result.seq)
        .type('application/json; charset=utf-8')
        .send(`{"id":${JSON.stringify(result.id)}}`)
      return
    case 'answered': {
      void reply.code(200).header(HEADER.journal, 'yes')
      const bytes = wantsBytes(request) ? bytesField(message) : undefined
      if (bytes !== undefined) {
        return sendBytes(reply, Uint8Array.fromBase64((result.answer as Record<string, string>)[bytes] ?? ''))
      }
      void reply.type('application/json; charset=utf-8').send(JSON.stringify(result.answer ?? null))
      return
    }
    case 'refused': {
      const { problem: told, journalled } = result
      if (journalled) void reply.header(HEADER.journal, 'yes')
      sendProblem(request, reply, told.field === undefined ? told : { ...told, field: at + told.field })
    }
  }
}
