import { causesWithin } from '../contracts/event-bounds.ts'
import type { Layer } from '../contracts/layer.ts'
import { traceparentOf, tracestateOf, type TraceContext } from '../contracts/trace-context.ts'
import { Held } from './held.ts'
import { sourceOf } from './headers.ts'
import type { LinkEvent } from './link-frames.ts'
import type { Hopeless, Patience } from './patience.ts'
import { BackOff } from './timers.ts'
import type { Outgoing, Reply } from './transport.ts'

/** How long the messages of a machine wait that the neighbour does not have yet, at first and at most. */
const FIRST_PAUSE_MS = 10
const LAST_PAUSE_MS = 2000

/** A message that waits in a lane or is under way. */
export interface Job {
  readonly message: Outgoing
  readonly done: (reply: Reply) => void
  readonly lane: LinkLane
  /** Its event as JSON. */
  readonly event: string
  /** Its place among all that was delivered. */
  readonly place: number
  /** Its frame, while that is without a reply. */
  seq: number | undefined
  /** What became of it, until whoever sent it is told. */
  reply: Reply | undefined
  /** Nobody waits for it any more: it was replied to, or given up. */
  isOver: boolean
  /** It counts as held here. */
  isHeld: boolean
  /** Cancels the fallback delivery. */
  giveUpThere: (() => void) | undefined
  /** How long it has been tried, once it was not taken. */
  patience: Patience | undefined
}

export function jobOf(
  message: Outgoing,
  done: (reply: Reply) => void,
  lane: LinkLane,
  event: string,
  place: number
): Job {
  return {
    message,
    done,
    lane,
    event,
    place,
    seq: undefined,
    reply: undefined,
    isOver: false,
    isHeld: true,
    giveUpThere: undefined,
    patience: undefined
  }
}

/** The messages of one machine. Until one has been taken, only one is under way: the machine may not be there yet. */
export class LinkLane {
  queue: Job[] = []
  /** What was sent one way, until its sender has been told what became of it. */
  sends: Job[] = []
  underWay = 0
  isProven = false
  /** The neighbour could not take a message: the next frame is the one to go on with. */
  resumes = false
  readonly hopeless: Hopeless = { why: undefined }
  readonly backOff = new BackOff(FIRST_PAUSE_MS, LAST_PAUSE_MS)
  /** Ends its pause, if it has one. */
  stopPause: (() => void) | undefined
  /** What waits here or is under way. */
  readonly held = new Held()

  /** At its end. */
  add(job: Job): void {
    this.queue.push(job)
    if (job.message.message.reply === undefined) this.sends.push(job)
    this.held.add(job.event.length)
  }

  /** To where it was before it left. */
  putBack(job: Job): void {
    const at = this.queue.findIndex(({ place }) => place > job.place)
    this.queue.splice(at < 0 ? this.queue.length : at, 0, job)
  }

  /** What the other end said of it is not known of the next link. */
  startAnew(): void {
    this.stopPause?.()
    this.stopPause = undefined
    this.isProven = this.resumes = false
  }

  get isIdle(): boolean {
    return this.held.messages === 0 && this.stopPause === undefined
  }
}

/** A message as the event of a frame, in JSON. */
export function eventLine(from: Layer, { id, message, machine, data, cause, timeMs, traceparent }: Outgoing): string {
  const event: LinkEvent = {
    specversion: '1.0',
    id,
    source: sourceOf(from),
    type: message.type,
    subject: machine,
    time: new Date(timeMs).toISOString(),
    data,
    ...(cause === undefined ? {} : { causationid: causesWithin(cause) }),
    ...(traceparent === undefined ? {} : contextFields(traceparent))
  }
  return JSON.stringify(event)
}

function contextFields(context: TraceContext): Pick<LinkEvent, 'traceparent' | 'tracestate'> {
  const traceparent = traceparentOf(context)
  const tracestate = tracestateOf(context)
  return tracestate === undefined ? { traceparent } : { traceparent, tracestate }
}
