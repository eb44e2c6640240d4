import type { WebSocket } from '@fastify/websocket'
import { Type } from 'typebox'
import type { FastifyInstance } from 'fastify'
import { wire } from '../contracts/validate.ts'
import type { Reply } from '../transport/transport.ts'
import type { Engine } from '../engine/engine.ts'
import { layerOfSource } from '../transport/headers.ts'
import { FrameWriter, framesOf, LINK_PATH, type EventFrame } from '../transport/link-frames.ts'
import { ID_RULE, isId } from '../contracts/event-id.ts'
import { problem, type Problem } from '../contracts/problem.ts'

const Frame = wire(
  Type.Object(
    {
      seq: Type.Integer({ minimum: 1 }),
      event: Type.Object(
        {
          id: Type.String(),
          source: Type.String(),
          type: Type.String(),
          subject: Type.String(),
          data: Type.Unknown(),
          causationid: Type.Optional(Type.String()),
          traceparent: Type.Optional(Type.String())
        },
        { additionalProperties: true }
      )
    },
    { additionalProperties: true }
  )
)

/** WebSocket close code for a message that breaks the link's own rules. */
const PROTOCOL_ERROR = 1002
/** WebSocket close code for a service that cannot go on. */
const INTERNAL_ERROR = 1011

/** The receiving end of links: the same messages as by POST, in the order of their frames. */
export function linkRoute(app: FastifyInstance, engine: Engine, fault: (error: unknown, what: string) => void): void {
  app.get(LINK_PATH, { websocket: true }, (socket: WebSocket) => {
    const writer = new FrameWriter((text) => socket.send(text))
    socket.on('error', () => socket.terminate())
    socket.on('message', (message: Buffer) => {
      try {
        for (const frame of framesOf(message.toString())) receive(engine, socket, writer, frame)
      } catch (error) {
        if (error instanceof SyntaxError) return socket.close(PROTOCOL_ERROR, 'a frame is not JSON')
        fault(error, 'a link')
        socket.close(INTERNAL_ERROR, 'the service failed; its log says how')
      }
    })
  })
}

function receive(engine: Engine, socket: WebSocket, writer: FrameWriter, json: unknown): void {
  const parsed = Frame.parse(json)
  if ('error' in parsed) return socket.close(PROTOCOL_ERROR, parsed.error.detail.slice(0, 100))
  const { seq, event } = parsed.value as EventFrame
  const { id, source, type, subject: machine, data: payload, causationid: cause, traceparent } = event
  const refuse = (told: Problem) => writer.write({ seq, problem: told, journalled: false })
  if (!isId(id)) return refuse(problem('idempotency-key-invalid', ID_RULE))
  const data = engine.parse(type, payload)
  if (data === undefined) return refuse(problem('event-type-unknown', `${type} is not accepted here`))
  if ('error' in data) return refuse(problem(data.error.code, data.error.detail, { field: data.error.field }))
  const message = {
    machine,
    id,
    type,
    from: layerOfSource(source),
    json: payload,
    data: data.value,
    cause,
    traceparent
  }
  engine.accept(message, (reply) => {
    if (socket.readyState === socket.OPEN) answer(socket, writer, seq, reply)
  })
}

function answer(socket: WebSocket, writer: FrameWriter, seq: number, reply: Reply): void {
  switch (reply.kind) {
    case 'accepted':
      return writer.write({ ack: seq })
    case 'answered':
      return writer.write({ seq, answer: reply.answer ?? null })
    case 'refused':
      if (reply.problem.code === 'storage-failed') return socket.close(INTERNAL_ERROR, 'nothing can be kept any more')
      return writer.write({ seq, problem: reply.problem, journalled: reply.problem.code !== 'machine-unknown' })
  }
}
