import type { Layer } from '../contracts/layer.ts'
import { postTransport, type HttpOptions } from './post.ts'
import { sourceOf } from './headers.ts'
import { LinkConnection, type ConnectionPorts } from './link-connection.ts'
import { framesOf, LINK_PATH, type LinkEvent, type ReplyFrame } from './link-frames.ts'
import { openWebSocket } from './link-socket.ts'
import { Reachability } from './reachability.ts'
import { BackOff, realTimers } from './timers.ts'
import { isPassing, type Outgoing, type Reply, type Transport } from './transport.ts'

/** How long the messages of a machine wait that the neighbour does not have yet, at first and at most. */
const FIRST_PAUSE_MS = 10
const LAST_PAUSE_MS = 2000
/** Frames that may be without a reply at a time. */
const WINDOW = 1024

/** What links are made of: sockets, time, and the way of a message that goes by no link. */
export interface LinkPorts extends Pick<ConnectionPorts, 'open' | 'timers' | 'gather'> {
  readonly plain: Transport
}

interface Job {
  readonly message: Outgoing
  readonly done: (reply: Reply) => void
  readonly lane: Lane
  /** Its frame, while that is without a reply. */
  seq: number | undefined
  givenUp: boolean
  /** Gives the message up where it has been handed to instead. */
  giveUpThere: (() => void) | undefined
}

/** The messages of one machine. Until one has been taken, only one is under way: the machine may not be there yet. */
interface Lane {
  queue: Job[]
  underWay: number
  proven: boolean
  readonly backOff: BackOff
  /** Ends its pause, if it has one. */
  stopPause: (() => void) | undefined
}

/** Messages over one WebSocket a neighbour, or by POST to a neighbour that offers none, or to an address of their own. */
export function linkTransport(options: HttpOptions): Transport {
  const plain = postTransport(options)
  return linksOver(options, { plain, open: openWebSocket, timers: realTimers, gather: queueMicrotask })
}

/** The same over whatever sockets. */
export function linksOver(options: HttpOptions, ports: LinkPorts): Transport {
  const { plain } = ports
  const links = new Map<Layer, Link>()
  const link = (to: Layer) => {
    let known = links.get(to)
    if (known === undefined) links.set(to, (known = new Link(to, options, ports)))
    return known
  }
  return {
    deliver: (message, done) =>
      message.at === undefined ? link(message.message.to).deliver(message, done) : plain.deliver(message, done),
    forget(machine) {
      for (const each of links.values()) each.forget(machine)
      plain.forget?.(machine)
    },
    urlOf: (layer) => plain.urlOf(layer),
    async close() {
      for (const each of links.values()) each.close()
      await plain.close()
    }
  }
}

/** The way to one neighbour. */
class Link {
  readonly #options: HttpOptions
  readonly #ports: LinkPorts
  readonly #connection: LinkConnection
  readonly #lanes = new Map<string, Lane>()
  readonly #underWay = new Map<number, Job>()
  #isPlain = false
  #seq = 0
  readonly #reachability: Reachability

  constructor(to: Layer, options: HttpOptions, ports: LinkPorts) {
    const url = options.urls[to]
    if (url === undefined) throw new Error(`no address is configured for ${to}`)
    this.#options = options
    this.#ports = ports
    this.#reachability = new Reachability(to, url, options.onChange)
    this.#connection = new LinkConnection(url.replace(/^http/, 'ws').replace(/\/$/, '') + LINK_PATH, {
      ...ports,
      opened: () => this.#opened(),
      received: (text) => this.#replies(text),
      broken: (reason) => this.#broken(reason),
      refused: () => this.#becomePlain()
    })
  }

  deliver(message: Outgoing, done: (reply: Reply) => void): () => void {
    if (this.#isPlain) return this.#ports.plain.deliver(message, done)
    const lane = this.#lane(message.machine)
    const job: Job = { message, done, lane, seq: undefined, givenUp: false, giveUpThere: undefined }
    lane.queue.push(job)
    this.#connection.start()
    this.#pump(lane)
    return () => this.#giveUp(job)
  }

  /** Gives up what is under way of a machine. */
  forget(machine: string): void {
    const lane = this.#lanes.get(machine)
    if (lane === undefined) return
    lane.stopPause?.()
    lane.queue = []
    this.#lanes.delete(machine)
    for (const job of this.#underWay.values()) if (job.lane === lane) this.#giveUp(job)
  }

  close(): void {
    this.#connection.close()
    for (const lane of this.#lanes.values()) lane.stopPause?.()
  }

  #lane(machine: string): Lane {
    let lane = this.#lanes.get(machine)
    if (lane === undefined) {
      const backOff = new BackOff(FIRST_PAUSE_MS, LAST_PAUSE_MS)
      lane = { queue: [], underWay: 0, proven: false, backOff, stopPause: undefined }
      this.#lanes.set(machine, lane)
    }
    return lane
  }

  #pump(lane: Lane): void {
    const { writer } = this.#connection
    while (writer !== undefined && lane.stopPause === undefined && this.#underWay.size < WINDOW) {
      if (!lane.proven && lane.underWay > 0) return
      const job = lane.queue.shift()
      if (job === undefined) return
      if (job.givenUp) continue
      const seq = ++this.#seq
      this.#underWay.set(seq, job)
      job.seq = seq
      lane.underWay++
      writer.write({ seq, event: this.#eventOf(job.message) })
    }
  }

  #eventOf({ id, message, machine, data, cause, timeMs, traceparent }: Outgoing): LinkEvent {
    return {
      specversion: '1.0',
      id,
      source: sourceOf(this.#options.from),
      type: message.type,
      subject: machine,
      time: new Date(timeMs).toISOString(),
      data,
      ...(cause === undefined ? {} : { causationid: cause }),
      ...(traceparent === undefined ? {} : { traceparent })
    }
  }

  #giveUp(job: Job): void {
    job.givenUp = true
    job.giveUpThere?.()
    if (job.seq === undefined) return
    const wasFull = this.#underWay.size >= WINDOW
    this.#settle(job.seq, job)
    if (wasFull) this.#pumpAll()
    else this.#pump(job.lane)
  }

  #pumpAll(): void {
    for (const lane of this.#lanes.values()) this.#pump(lane)
  }

  /** The frame counts as replied to. */
  #settle(seq: number, job: Job): void {
    this.#underWay.delete(seq)
    job.seq = undefined
    job.lane.underWay--
  }

  #opened(): void {
    this.#reachability.answers()
    this.#pumpAll()
  }

  #broken(reason: string): void {
    this.#takeBack()
    this.#reachability.fails(reason)
  }

  /** Everything without a reply goes back to the front of its lane. */
  #takeBack(): void {
    const jobs = [...this.#underWay]
    for (const [seq, job] of jobs) this.#settle(seq, job)
    for (const lane of this.#lanes.values()) {
      lane.queue = [...jobs.map(([, job]) => job).filter((job) => job.lane === lane), ...lane.queue]
    }
  }

  /** The neighbour offers no link: whatever waits goes by POST, in order, as will all that comes. */
  #becomePlain(): void {
    this.#isPlain = true
    this.#takeBack()
    for (const job of [...this.#lanes.values()].flatMap((lane) => lane.queue)) {
      if (!job.givenUp) job.giveUpThere = this.#ports.plain.deliver(job.message, job.done)
    }
    this.#lanes.clear()
  }

  #replies(text: string): void {
    const wasFull = this.#underWay.size >= WINDOW
    try {
      for (const frame of framesOf(text)) this.#reply(frame as ReplyFrame)
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
      return this.#connection.break('its frames are not JSON')
    }
    if (wasFull) this.#pumpAll()
  }

  #reply(frame: ReplyFrame): void {
    const seq = 'ack' in frame ? frame.ack : frame.seq
    const job = this.#underWay.get(seq)
    if (job === undefined) return
    const { lane } = job
    this.#settle(seq, job)
    if ('problem' in frame && isPassing(frame.problem)) return this.#pause(lane, job)
    lane.proven = true
    job.done(replyOf(frame, job.message.id))
    this.#pump(lane)
  }

  /** The machine is not there yet: its messages wait. */
  #pause(lane: Lane, job: Job): void {
    lane.queue.unshift(job)
    lane.stopPause = this.#ports.timers.setTimer(lane.backOff.next(), () => {
      lane.stopPause = undefined
      this.#pump(lane)
    })
  }
}

function replyOf(frame: ReplyFrame, id: string): Reply {
  if ('ack' in frame) return { kind: 'accepted', journalled: true, id, seq: 0 }
  if ('answer' in frame) return { kind: 'answered', journalled: true, answer: frame.answer }
  return { kind: 'refused', journalled: frame.journalled, problem: frame.problem }
}
