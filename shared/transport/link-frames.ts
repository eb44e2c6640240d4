import type { Problem } from '../contracts/problem.ts'

/**
 * What travels over a link: text messages of one or more frames, a line of JSON each. The sender numbers its frames;
 * each is replied to once. A frame whose reply is missing when the link breaks is sent again over the next one, under
 * the same event id, so the receiver takes it once.
 */
export interface EventFrame {
  readonly seq: number
  readonly event: LinkEvent
}

/** A CloudEvent in the JSON format. */
export interface LinkEvent {
  readonly specversion: '1.0'
  readonly id: string
  readonly source: string
  readonly type: string
  /** The machine. */
  readonly subject: string
  readonly time: string
  readonly data: unknown
  readonly causationid?: string
  readonly traceparent?: string
}

/** `ack`: accepted and kept. `answer`: the event was a question. `problem`: refused; `journalled` if that is written down. */
export type ReplyFrame =
  | { readonly ack: number }
  | { readonly seq: number; readonly answer: unknown }
  | { readonly seq: number; readonly problem: Problem; readonly journalled: boolean }

export const LINK_PATH = '/v1/link'
/** A frame carries at most a body's worth of data, as base64, and some more. */
export const LINK_MAX_BYTES = 16 * 1_048_576

/** Calls `run` once the present turn is over. */
export type Gather = (run: () => void) => void

/** Collects frames and sends those of one turn together. */
export class FrameWriter {
  readonly #send: (text: string) => void
  readonly #gather: Gather
  #lines: string[] = []

  constructor(send: (text: string) => void, gather: Gather = queueMicrotask) {
    this.#send = send
    this.#gather = gather
  }

  write(frame: EventFrame | ReplyFrame): void {
    this.#lines.push(JSON.stringify(frame))
    if (this.#lines.length === 1) this.#gather(() => this.#flush())
  }

  #flush(): void {
    const lines = this.#lines
    this.#lines = []
    this.#send(lines.join('\n'))
  }
}

/** The frames of a message. Throws SyntaxError for what is not JSON. */
export function framesOf(text: string): unknown[] {
  return text.split('\n').map((line) => JSON.parse(line) as unknown)
}
