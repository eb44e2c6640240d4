import type { Problem } from '../contracts/problem.ts'

/**
 * What travels over a link: text messages of one or more frames, a line of JSON each. The sender numbers its frames;
 * each is replied to once. A frame whose reply is missing when the link breaks is sent again over the next one, under
 * the same event id, so the receiver takes it once.
 */
export interface EventFrame {
  /** From 1 on each link, each one more than the one before. */
  readonly seq: number
  readonly event: LinkEvent
  /**
   * A message of the machine could not be taken for now, and all replies to what was sent behind it have come: this is the
   * one to go on with. Until then nothing of the machine is taken, so that nothing overtakes.
   */
  readonly resumes?: boolean
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
  readonly tracestate?: string
}

/** `ack`: accepted and kept. `answer`: the event was a question. `problem`: refused; `journalled` if that is written down. */
export type ReplyFrame =
  | { readonly ack: number }
  | { readonly seq: number; readonly answer: unknown }
  | { readonly seq: number; readonly problem: Problem; readonly journalled: boolean }

export const LINK_PATH = '/v1/link'
/** A frame carries at most a body's worth of data, 1 MiB as JSON, and its envelope. */
export const FRAME_MAX_BYTES = 1_048_576 + 65_536
/** The frames that travel as one message together, and a reply. */
export const TEXT_MAX_BYTES = 4 * 1_048_576

/** Whether a text has more UTF-8 bytes than that. */
export function isLonger(text: string, bytes: number): boolean {
  // A unit of UTF-16 makes one to three bytes.
  if (text.length > bytes) return true
  return text.length * 3 > bytes && Buffer.byteLength(text) > bytes
}

/** Calls `run` once the present turn is over. */
export type Gather = (run: () => void) => void

/** Collects frames and sends those of one turn together, as long as they fit one message. */
export class FrameWriter {
  readonly #send: (text: string) => void
  readonly #gather: Gather
  #lines: string[] = []
  /** Of the lines, and their ends. */
  #units = 0

  constructor(send: (text: string) => void, gather: Gather = queueMicrotask) {
    this.#send = send
    this.#gather = gather
  }

  write(frame: ReplyFrame): void {
    this.writeLine(JSON.stringify(frame))
  }

  /** A frame that is JSON already. */
  writeLine(line: string): void {
    // A unit of UTF-16 makes one to three bytes.
    if (this.#lines.length > 0 && (this.#units + line.length) * 3 > TEXT_MAX_BYTES) this.#flush()
    this.#lines.push(line)
    this.#units += line.length + 1
    if (this.#lines.length === 1) this.#gather(() => this.#flush())
  }

  #flush(): void {
    const lines = this.#lines
    if (lines.length === 0) return
    this.#lines = []
    this.#units = 0
    this.#send(lines.join('\n'))
  }
}

/** A frame as a line; `event` is JSON already. */
export const frameLine = (seq: number, event: string, resumes: boolean) =>
  `{"seq":${seq},${resumes ? '"resumes":true,' : ''}"event":${event}}`
