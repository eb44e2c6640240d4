import { Type } from 'typebox'
import { ID_RULE, isId } from '../contracts/event-id.ts'
import { isOfStorage, problem, type Problem } from '../contracts/problem.ts'
import { wire } from '../contracts/validate.ts'
import type { Engine } from '../engine/engine.ts'
import { layerOfSource } from '../transport/headers.ts'
import { FrameWriter, framesOf, type EventFrame, type Gather } from '../transport/link-frames.ts'
import type { Reply } from '../transport/transport.ts'

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
/** WebSocket close code for a service that cannot go on now, but may later. */
const TRY_AGAIN = 1013

/** A link from the side that was called, or what stands for one. */
export interface ReceivingSocket {
  isOpen(): boolean
  send(text: string): void
  close(code: number, reason: string): void
}

/** What takes in what comes over a link. */
export type Inbox = Pick<Engine, 'parse' | 'accept'>

/** The receiving end of a link: takes in what its messages say and replies frame by frame. */
export class LinkReceiver {
  readonly #engine: Inbox
  readonly #socket: ReceivingSocket
  readonly #writer: FrameWriter
  readonly #fault: (error: unknown, what: string) => void
  #isOver = false

  constructor(
    engine: Inbox,
    socket: ReceivingSocket,
    fault: (error: unknown, what: string) => void,
    gather: Gather = queueMicrotask
  ) {
    this.#engine = engine
    this.#socket = socket
    this.#fault = fault
    this.#writer = new FrameWriter((text) => socket.send(text), gather)
  }

  /** A message has come: one or more frames. */
  received(text: string): void {
    try {
      for (const frame of framesOf(text)) if (!this.#isOver) this.#take(frame)
    } catch (error) {
      if (error instanceof SyntaxError) return this.#socket.close(PROTOCOL_ERROR, 'a frame is not JSON')
      this.#fault(error, 'a link')
      this.#socket.close(INTERNAL_ERROR, 'the service failed; its log says how')
    }
  }

  #take(json: unknown): void {
    const parsed = Frame.parse(json)
    if ('error' in parsed) return this.#socket.close(PROTOCOL_ERROR, parsed.error.detail.slice(0, 100))
    const { seq, event } = parsed.value as EventFrame
    const { id, source, type, subject: machine, data: payload, causationid: cause, traceparent } = event
    const refuse = (told: Problem) => this.#writer.write({ seq, problem: told, journalled: false })
    if (!isId(id)) return refuse(problem('idempotency-key-invalid', ID_RULE))
    const data = this.#engine.parse(type, payload)
    if (data === undefined) return refuse(problem('event-type-unknown', `${type} is not accepted here`))
    if ('error' in data) return refuse(problem(data.error.code, data.error.detail, { field: data.error.field }))
    const from = layerOfSource(source)
    const message = { machine, id, type, from, json: payload, data: data.value, cause, traceparent }
    this.#engine.accept(message, (reply) => {
      if (this.#socket.isOpen()) this.#answer(seq, reply)
    })
  }

  /** Nothing more is taken from this link: what comes behind a message that was not kept would come before it. */
  #breakOff(why: string): void {
    this.#isOver = true
    this.#socket.close(TRY_AGAIN, why.slice(0, 100))
  }

  #answer(seq: number, reply: Reply): void {
    switch (reply.kind) {
      case 'accepted':
        return this.#writer.write({ ack: seq })
      case 'answered':
        return this.#writer.write({ seq, answer: reply.answer ?? null })
      case 'refused': {
        const { problem: told, journalled } = reply
        if (isOfStorage(told)) return this.#breakOff(told.detail)
        return this.#writer.write({ seq, problem: told, journalled })
      }
    }
  }
}
