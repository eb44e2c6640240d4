import type { Layer } from '../contracts/layer.ts'
import type { Problem, ProblemCode } from '../contracts/problem.ts'
import { Held, HELD_BOUNDS, isFull } from './held.ts'
import { Lanes } from './lanes.ts'
import { LinkConnection, type ConnectionPorts } from './link-connection.ts'
import { FRAME_MAX_BYTES, frameLine, isLonger, LINK_PATH, type ReplyFrame } from './link-frames.ts'
import { eventLine, LinkLane, type Job } from './link-lane.ts'
import { LinkWindow } from './link-window.ts'
import { replyFrameOf, replyOf, tooLongFor } from './link-reply.ts'
import type { HttpOptions } from './http-options.ts'
import { Patience } from './patience.ts'
import { Reachability } from './reachability.ts'
import { isPassing, type Neighbour, type Outgoing, type Reply, type Transport } from './transport.ts'

/** Frames of one machine that may be without a reply at a time. */
const LANE_WINDOW = 512

/** What links are made of: sockets, time, and the way of a message that goes by no link. */
export interface LinkPorts extends Pick<ConnectionPorts, 'open' | 'timers' | 'gather'> {
  readonly plain: Transport
}

export interface LinkOptions extends HttpOptions {
  readonly contractOf: (layer: Layer) => string
}

/** The way to one neighbour: a link, or POST once it has said that it offers none. */
export class LinkPeer {
  readonly to: Layer
  /** It offers no link. */
  isPlain = false
  readonly #url: string
  readonly #options: LinkOptions
  readonly #ports: LinkPorts
  readonly #connection: LinkConnection
  readonly #lanes = new Lanes(() => new LinkLane())
  /** Lanes in which something waits for its turn; who had a turn is behind the others. */
  readonly #waiting = new Set<LinkLane>()
  readonly #window = new LinkWindow()
  readonly #held = new Held()
  #place = 0
  readonly #reachability: Reachability
  #retries = 0

  constructor(to: Layer, options: LinkOptions, ports: LinkPorts) {
    const url = options.urls[to]
    if (url === undefined) throw new Error(`no address is configured for ${to}`)
    this.to = to
    this.#url = url
    this.#options = options
    this.#ports = ports
    this.#reachability = new Reachability(to, url, options.onChange)
    const { from, contractOf, token } = options
    const address = url.replace(/^http/, 'ws').replace(/\/$/, '') + LINK_PATH
    const hello = () => ({ from, to, contract: contractOf(to) })
    this.#connection = new LinkConnection(
      { url: address, hello, token },
      {
        ...ports,
        opened: () => this.#opened(),
        received: (text) => this.#replies(text),
        broken: (reason, code) => this.#broken(reason, code),
        refused: () => this.#becomePlain()
      }
    )
  }

  get neighbour(): Neighbour {
    const { messages, bytes } = this.#held
    return {
      layer: this.to,
      url: this.#url,
      way: 'link',
      trouble: this.#reachability.trouble,
      messages,
      bytes,
      retries: this.#retries
    }
  }

  deliver(message: Outgoing, done: (reply: Reply) => void): () => void {
    if (this.isPlain) return this.#ports.plain.deliver(message, done)
    const lane = this.#lanes.of(message.machine)
    const event = eventLine(this.#options.from, message)
    const place = ++this.#place
    const job: Job = {
      message,
      done,
      lane,
      event,
      place,
      seq: undefined,
      reply: undefined,
      isOver: false,
      giveUpThere: undefined,
      patience: undefined
    }
    lane.queue.push(job)
    if (message.message.reply === undefined) lane.sends.push(job)
    lane.held.add(event.length)
    this.#held.add(event.length)
    this.#connection.start()
    this.#pump(lane)
    return () => this.#giveUp(job)
  }

  /** Whether so much of a machine waits here that nobody outside may cause more of it. */
  isFullFor(machine: string): boolean {
    return isFull(this.#lanes.find(machine)?.held, this.#held, this.#options.bounds ?? HELD_BOUNDS)
  }

  /** Drops all that waits of a machine, and what is known of it. */
  forget(machine: string): void {
    const lane = this.#lanes.find(machine)
    if (lane === undefined) return
    lane.stopPause?.()
    for (const job of this.#window.jobs.filter((each) => each.lane === lane)) {
      this.#window.drop(job)
      this.#letGo(job)
    }
    for (const job of [...lane.queue, ...lane.sends]) if (!job.isOver) this.#letGo(job)
    lane.sends = []
    this.#waiting.delete(lane)
    this.#lanes.delete(machine)
    this.#pumpAll()
  }

  close(): void {
    this.#connection.close()
    for (const lane of this.#lanes.all()) lane.stopPause?.()
  }

  #pump(lane: LinkLane): void {
    const { writer } = this.#connection
    while (lane.queue.length > 0) {
      const [job] = lane.queue
      if (job === undefined || writer === undefined || lane.stopPause !== undefined || this.#window.isFull) break
      if (lane.underWay >= (lane.isProven ? LANE_WINDOW : 1)) break
      lane.queue.shift()
      if (isLonger(job.event, FRAME_MAX_BYTES)) {
        this.#replied(job, tooLongFor(job.message))
        continue
      }
      writer.writeLine(frameLine(this.#window.add(job), job.event, lane.resumes))
      lane.resumes = false
    }
    if (lane.queue.length === 0) this.#waiting.delete(lane)
    else this.#waiting.add(lane)
  }

  #giveUp(job: Job): void {
    if (job.isOver) return
    this.#letGo(job)
    job.giveUpThere?.()
    job.lane.sends = job.lane.sends.filter((one) => one !== job)
    if (this.isPlain) return
    if (job.seq === undefined) {
      job.lane.queue = job.lane.queue.filter((one) => one !== job)
      return this.#pump(job.lane)
    }
    const wasFull = this.#window.isFull
    this.#window.drop(job)
    if (wasFull) this.#pumpAll()
    else this.#pump(job.lane)
  }

  /** Nobody waits for it any more. */
  #letGo(job: Job): void {
    job.isOver = true
    job.lane.held.drop(job.event.length)
    this.#held.drop(job.event.length)
  }

  /** Whoever sent it is told in the order of `deliver`; answers to questions have none. */
  #replied(job: Job, reply: Reply): void {
    if (job.message.message.reply !== undefined) return this.#over(job, reply)
    const { sends } = job.lane
    job.reply = reply
    for (let [first] = sends; first?.reply !== undefined; [first] = sends) {
      sends.shift()
      this.#over(first, first.reply)
    }
  }

  #over(job: Job, reply: Reply): void {
    this.#letGo(job)
    job.done(reply)
  }

  #pumpAll(): void {
    for (const lane of [...this.#waiting]) {
      if (this.#window.isFull) return
      this.#waiting.delete(lane)
      this.#pump(lane)
    }
  }

  #opened(): void {
    this.#window.restart()
    this.#reachability.answers()
    this.#pumpAll()
  }

  #broken(reason: string, code: ProblemCode): void {
    this.#takeBack()
    this.#reachability.fails(reason, code)
  }

  /** Everything without a reply goes back to the front of its lane. */
  #takeBack(): void {
    for (const job of this.#window.jobs.toReversed()) {
      this.#retries++
      this.#window.drop(job)
      job.lane.queue.unshift(job)
      this.#waiting.add(job.lane)
    }
  }

  /** The neighbour offers no link: whatever waits goes by POST, in order, as will all that comes. */
  #becomePlain(): void {
    this.isPlain = true
    this.#takeBack()
    const lanes = this.#lanes.all()
    this.#lanes.clear()
    this.#waiting.clear()
    for (const lane of lanes) lane.stopPause?.()
    for (const job of lanes.flatMap((lane) => lane.queue)) {
      job.giveUpThere = this.#ports.plain.deliver(job.message, (reply) => {
        if (!job.isOver) this.#replied(job, reply)
      })
    }
  }

  #replies(text: string): void {
    const wasFull = this.#window.isFull
    try {
      for (const line of text.split('\n')) {
        const frame = replyFrameOf(line)
        if (frame === undefined) return this.#connection.break('what it sends are no replies')
        this.#reply(frame)
      }
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
      return this.#connection.break('its frames are not JSON')
    }
    if (wasFull) this.#pumpAll()
  }

  #reply(frame: ReplyFrame): void {
    const seq = 'ack' in frame ? frame.ack : frame.seq
    const job = this.#window.take(seq)
    if (job === undefined) return
    const { lane } = job
    if ('problem' in frame && isPassing(frame.problem)) return this.#notNow(lane, job, frame.problem)
    lane.isProven = true
    lane.hopeless.why = undefined
    lane.backOff.reset()
    this.#replied(job, replyOf(frame, job.message.id))
    this.#pump(lane)
  }

  /** It is not taken now: it is tried again after a pause, or given up. */
  #notNow(lane: LinkLane, job: Job, why: Problem): void {
    job.patience ??= new Patience(lane.hopeless)
    const pause = lane.backOff.next()
    if (!job.patience.isOver(why, pause)) return this.#pause(lane, job, pause)
    lane.isProven = false
    lane.resumes = true
    this.#replied(job, job.patience.givenUp(why))
    this.#pump(lane)
  }

  /** The neighbour cannot take it now, nor what was sent behind it: the machine's messages wait, in their order. */
  #pause(lane: LinkLane, job: Job, pause: number): void {
    this.#retries++
    const at = lane.queue.findIndex((one) => one.place > job.place)
    lane.queue.splice(at < 0 ? lane.queue.length : at, 0, job)
    this.#waiting.add(lane)
    lane.isProven = false
    lane.resumes = true
    lane.stopPause ??= this.#ports.timers.setTimer(pause, () => {
      lane.stopPause = undefined
      this.#pump(lane)
    })
  }
}
