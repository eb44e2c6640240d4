import { ID_RULE, isId } from '../contracts/event-id.ts'
import type { Layer } from '../contracts/layer.ts'
import { problem, type Problem } from '../contracts/problem.ts'
import { contextOf } from '../contracts/trace-context.ts'
import type { Engine } from '../engine/engine.ts'
import { layerOfSource } from '../transport/headers.ts'
import { FRAME_MAX_BYTES, FrameWriter, isLonger, TEXT_MAX_BYTES, type Gather } from '../transport/link-frames.ts'
import { passingOf } from '../transport/passing.ts'
import type { Reply } from '../transport/transport.ts'
import type { Timers } from '../transport/timers.ts'
import { Frame, seqOf, type FrameIn } from './link-frame-in.ts'
import { LinkFlow, type FlowSocket } from './link-flow.ts'

/** WebSocket close codes (RFC 6455, 7.4.1): the link's own rules are broken; what came is more than is taken; we failed. */
const PROTOCOL_ERROR = 1002
const POLICY_VIOLATION = 1008
const INTERNAL_ERROR = 1011
/** Frames of one link that may be without a reply; senders of ours stop at 1024. */
const MOST_OPEN = 4096
/** Machines of which a message could not be taken for now. */
const MOST_STOPPED = 10_000

/** What takes in what comes over a link. */
export type Inbox = Pick<Engine, 'parse' | 'accept'>

export interface LinkReceiverPorts {
  readonly inbox: Inbox
  readonly socket: FlowSocket
  /** The layer that opened the link. */
  readonly from: Layer
  readonly fault: (error: unknown, what: string) => void
  readonly timers: Timers
  readonly gather?: Gather
  /** Calls `run` once others had their turn. */
  readonly later: Gather
}

/** The receiving end of a link: takes in what its messages say and replies frame by frame. */
export class LinkReceiver {
  readonly #ports: LinkReceiverPorts
  readonly #writer: FrameWriter
  readonly #flow: LinkFlow
  /** Of the last frame. */
  #seq = 0
  #open = 0
  /** Why the machine's messages are not taken until the sender resumes. */
  readonly #stopped = new Map<string, Problem>()

  constructor(ports: LinkReceiverPorts) {
    this.#ports = ports
    this.#flow = new LinkFlow({ ...ports, take: (line) => this.#line(line) })
    this.#writer = new FrameWriter((text) => this.#flow.send(text), ports.gather)
  }

  /** A message has come: one or more frames. */
  received(text: string): void {
    this.#flow.received(text)
  }

  /** What was sent has left, or something else has come: room may have changed. */
  looked(): void {
    this.#flow.look()
  }

  closed(): void {
    this.#flow.end()
  }

  #close(code: number, reason: string): void {
    this.#flow.end()
    this.#ports.socket.close(code, reason)
  }

  #line(line: string): void {
    try {
      this.#frame(line, JSON.parse(line))
    } catch (error) {
      if (error instanceof SyntaxError) return this.#close(PROTOCOL_ERROR, 'a frame is not JSON')
      this.#ports.fault(error, 'a link')
      this.#close(INTERNAL_ERROR, 'the service failed; its log says how')
    }
  }

  #frame(line: string, json: unknown): void {
    const seq = seqOf(json)
    if (seq === undefined) return this.#close(PROTOCOL_ERROR, 'a frame has no seq')
    if (seq !== this.#seq + 1) return this.#close(PROTOCOL_ERROR, `seq ${seq} came behind ${this.#seq}`)
    this.#seq = seq
    if (this.#open >= MOST_OPEN) return this.#close(POLICY_VIOLATION, `${MOST_OPEN} frames are without a reply`)
    this.#open++
    if (isLonger(line, FRAME_MAX_BYTES)) {
      return this.#refuse(seq, problem('body-too-large', `a frame is over the limit of ${FRAME_MAX_BYTES} bytes`))
    }
    const parsed = Frame.parse(json)
    if ('error' in parsed) return this.#refuse(seq, problem(parsed.error.code, parsed.error.detail, parsed.error))
    this.#take(parsed.value as FrameIn)
  }

  #take({ seq, event, resumes }: FrameIn): void {
    const { id, source, type, subject: machine, data: payload, causationid: cause } = event
    if (!isId(id)) return this.#refuse(seq, problem('idempotency-key-invalid', ID_RULE))
    const { from, inbox } = this.#ports
    if (layerOfSource(source) !== from) {
      return this.#refuse(
        seq,
        problem('field-invalid', `the link is of the ${from} layer, and so are its events`, { field: '/event/source' })
      )
    }
    const data = inbox.parse(type, payload)
    if (data === undefined) return this.#refuse(seq, problem('event-type-unknown', `${type} is not accepted here`))
    if ('error' in data) {
      return this.#refuse(seq, problem(data.error.code, data.error.detail, { field: data.error.field }))
    }
    if (this.#stopped.size > 0) {
      if (resumes === true) this.#stopped.delete(machine)
      const why = this.#stopped.get(machine)
      if (why !== undefined) return this.#refuse(seq, why)
    }
    const traceparent = contextOf(event.traceparent, event.tracestate)
    inbox.accept({ machine, id, type, from, json: payload, data: data.value, cause, traceparent }, (reply) =>
      this.#answer(seq, machine, reply)
    )
  }

  #refuse(seq: number, told: Problem, journalled = false): void {
    this.#open--
    this.#writer.write({ seq, problem: told, journalled })
  }

  #answer(seq: number, machine: string, reply: Reply): void {
    if (!this.#ports.socket.isOpen()) return
    switch (reply.kind) {
      case 'accepted':
        this.#open--
        return this.#writer.writeLine(`{"ack":${seq}}`)
      case 'answered': {
        const line = JSON.stringify({ seq, answer: reply.answer ?? null })
        if (isLonger(line, TEXT_MAX_BYTES)) {
          const detail = `the answer is over the limit of ${TEXT_MAX_BYTES} bytes for a link`
          return this.#refuse(seq, problem('answer-invalid', detail), reply.journalled)
        }
        this.#open--
        return this.#writer.writeLine(line)
      }
      case 'refused': {
        const { problem: told, journalled } = reply
        if (passingOf(told) !== undefined) this.#stop(machine, told)
        return this.#refuse(seq, told, journalled)
      }
    }
  }

  #stop(machine: string, why: Problem): void {
    if (this.#stopped.size >= MOST_STOPPED) {
      const [oldest] = this.#stopped.keys()
      if (oldest !== undefined) this.#stopped.delete(oldest)
    }
    this.#stopped.set(machine, why)
  }
}
