import WebSocket from 'ws'
import type { Layer } from '../contracts/layer.ts'
import { httpNeighbours, type HttpOptions } from './client.ts'
import { sourceOf } from './headers.ts'
import { FrameWriter, framesOf, LINK_MAX_BYTES, LINK_PATH, type LinkEvent, type ReplyFrame } from './link-frames.ts'
import type { Neighbours, Outcome, Outgoing } from './neighbours.ts'
import { problem } from './problem.ts'

const FIRST_RETRY_MS = 10
const LAST_RETRY_MS = 2000
const HANDSHAKE_MS = 5000
/** A link over which nothing has come for this long is asked for a sign of life, and given up after as long again. */
const SILENCE_MS = 15_000
/** Frames that may be without a reply at a time. */
const WINDOW = 1024
/** Handshakes that fail though somebody listens, before it is taken for a service without links. */
const STRANGE_HANDSHAKES = 3

interface Job {
  readonly message: Outgoing
  readonly done: (outcome: Outcome) => void
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
  pausedMs: number
  paused: boolean
}

/** Messages over one WebSocket a neighbour, or by POST to a neighbour that offers none. */
export function linkNeighbours(options: HttpOptions): Neighbours {
  const plain = httpNeighbours(options)
  const links = new Map<Layer, Link>()
  const link = (to: Layer) => {
    let known = links.get(to)
    if (known === undefined) links.set(to, (known = new Link(to, options, plain)))
    return known
  }
  return {
    deliver: (message, done) => link(message.row.to).deliver(message, done),
    urlOf: (layer) => plain.urlOf(layer),
    async close() {
      for (const each of links.values()) each.close()
      await plain.close()
    }
  }
}

type State = 'idle' | 'opening' | 'open' | 'waiting' | 'plain' | 'closed'

/** The way to one neighbour. */
class Link {
  readonly #to: Layer
  readonly #options: HttpOptions
  readonly #plain: Neighbours
  readonly #url: string
  readonly #lanes = new Map<string, Lane>()
  readonly #underWay = new Map<number, Job>()
  #state: State = 'idle'
  #socket: WebSocket | undefined
  #writer: FrameWriter | undefined
  #seq = 0
  #retryMs = FIRST_RETRY_MS
  #strange = 0
  #timer: NodeJS.Timeout | undefined
  #pulse: NodeJS.Timeout | undefined
  #down = false

  constructor(to: Layer, options: HttpOptions, plain: Neighbours) {
    const url = options.urls[to]
    if (url === undefined) throw new Error(`no address is configured for ${to}`)
    this.#url = url.replace(/^http/, 'ws').replace(/\/$/, '') + LINK_PATH
    this.#to = to
    this.#options = options
    this.#plain = plain
  }

  deliver(message: Outgoing, done: (outcome: Outcome) => void): () => void {
    if (this.#state === 'plain') return this.#plain.deliver(message, done)
    const lane = this.#lane(message.machine)
    const job: Job = { message, done, lane, seq: undefined, givenUp: false, giveUpThere: undefined }
    lane.queue.push(job)
    if (this.#state === 'idle') this.#open()
    else this.#pump(lane)
    return () => this.#giveUp(job)
  }

  close(): void {
    this.#state = 'closed'
    clearTimeout(this.#timer)
    clearInterval(this.#pulse)
    this.#socket?.terminate()
  }

  #giveUp(job: Job): void {
    job.givenUp = true
    job.giveUpThere?.()
    if (job.seq === undefined) return
    this.#settle(job.seq, job)
    this.#pump(job.lane)
  }

  /** The frame counts as replied to. */
  #settle(seq: number, job: Job): void {
    this.#underWay.delete(seq)
    job.seq = undefined
    job.lane.underWay--
  }

  #lane(machine: string): Lane {
    let lane = this.#lanes.get(machine)
    if (lane === undefined) {
      lane = { queue: [], underWay: 0, proven: false, pausedMs: FIRST_RETRY_MS, paused: false }
      this.#lanes.set(machine, lane)
    }
    return lane
  }

  #open(): void {
    this.#state = 'opening'
    const socket = new WebSocket(this.#url, {
      perMessageDeflate: false,
      handshakeTimeout: HANDSHAKE_MS,
      maxPayload: LINK_MAX_BYTES
    })
    this.#socket = socket
    socket.on('open', () => this.#opened(socket))
    socket.on('message', (text: Buffer) => this.#replies(socket, text.toString()))
    socket.on('unexpected-response', (request, response) => {
      request.destroy()
      if (this.#socket !== socket) return
      const passing = [429, 502, 503, 504].includes(response.statusCode ?? 0)
      if (passing) this.#broken(`it answers ${response.statusCode}`)
      else this.#becomePlain()
    })
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (this.#socket === socket) this.#failed(error)
    })
    socket.on('close', () => {
      if (this.#socket === socket && this.#state === 'open') this.#broken('the link broke')
    })
  }

  #opened(socket: WebSocket): void {
    this.#state = 'open'
    this.#strange = 0
    this.#retryMs = FIRST_RETRY_MS
    this.#writer = new FrameWriter((text) => socket.send(text))
    this.#watch(socket)
    this.#say(undefined)
    for (const lane of this.#lanes.values()) this.#pump(lane)
  }

  #failed(error: NodeJS.ErrnoException): void {
    if (this.#state !== 'opening' && this.#state !== 'open') return
    const nobody = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'].includes(error.code ?? '')
    if (this.#state === 'opening' && !nobody && ++this.#strange >= STRANGE_HANDSHAKES) this.#becomePlain()
    else this.#broken(error.code ?? error.message)
  }

  /** Everything without a reply goes back to the front of its lane, and the link is opened again after a while. */
  #broken(reason: string): void {
    if (this.#state === 'closed' || this.#state === 'waiting' || this.#state === 'plain') return
    this.#state = 'waiting'
    clearInterval(this.#pulse)
    this.#socket?.terminate()
    this.#takeBack()
    this.#say(reason)
    this.#timer = setTimeout(() => this.#open(), this.#retryMs)
    this.#retryMs = Math.min(this.#retryMs * 2, LAST_RETRY_MS)
  }

  #takeBack(): void {
    const jobs = [...this.#underWay]
    for (const [seq, job] of jobs) this.#settle(seq, job)
    for (const lane of this.#lanes.values()) {
      lane.queue = [...jobs.map(([, job]) => job).filter((job) => job.lane === lane), ...lane.queue]
    }
  }

  /** The neighbour offers no link: whatever waits goes by POST, in order, as will all that comes. */
  #becomePlain(): void {
    if (this.#state === 'closed' || this.#state === 'plain') return
    this.#state = 'plain'
    clearInterval(this.#pulse)
    this.#socket?.terminate()
    this.#takeBack()
    for (const lane of this.#lanes.values()) {
      for (const job of lane.queue) {
        if (!job.givenUp) job.giveUpThere = this.#plain.deliver(job.message, job.done)
      }
    }
    this.#lanes.clear()
  }

  #pump(lane: Lane): void {
    while (this.#state === 'open' && !lane.paused && this.#underWay.size < WINDOW) {
      if (!lane.proven && lane.underWay > 0) return
      const job = lane.queue.shift()
      if (job === undefined) return
      if (job.givenUp) continue
      const seq = ++this.#seq
      this.#underWay.set(seq, job)
      job.seq = seq
      lane.underWay++
      this.#writer?.write({ seq, event: this.#eventOf(job.message) })
    }
  }

  #eventOf({ id, row, machine, data, cause, timeMs, traceparent }: Outgoing): LinkEvent {
    return {
      specversion: '1.0',
      id,
      source: sourceOf(this.#options.from),
      type: row.type,
      subject: machine,
      time: new Date(timeMs).toISOString(),
      data,
      ...(cause === undefined ? {} : { causationid: cause }),
      ...(traceparent === undefined ? {} : { traceparent })
    }
  }

  #replies(socket: WebSocket, text: string): void {
    if (socket !== this.#socket || this.#state !== 'open') return
    const wasFull = this.#underWay.size >= WINDOW
    try {
      for (const frame of framesOf(text)) this.#reply(frame as ReplyFrame)
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
      return this.#broken('its frames are not JSON')
    }
    if (wasFull) for (const lane of this.#lanes.values()) this.#pump(lane)
  }

  #reply(frame: ReplyFrame): void {
    const seq = 'ack' in frame ? frame.ack : frame.seq
    const job = this.#underWay.get(seq)
    if (job === undefined) return
    const { lane } = job
    this.#settle(seq, job)
    if ('problem' in frame && frame.problem.code === 'machine-unknown') return this.#pause(lane, job)
    lane.proven = true
    job.done(outcomeOf(frame))
    this.#pump(lane)
  }

  /** The machine is not there yet: its messages wait. */
  #pause(lane: Lane, job: Job): void {
    lane.queue.unshift(job)
    lane.paused = true
    setTimeout(() => {
      lane.paused = false
      this.#pump(lane)
    }, lane.pausedMs).unref()
    lane.pausedMs = Math.min(lane.pausedMs * 2, LAST_RETRY_MS)
  }

  #watch(socket: WebSocket): void {
    let alive = true
    socket.on('pong', () => (alive = true))
    socket.on('message', () => (alive = true))
    this.#pulse = setInterval(() => {
      if (!alive) return this.#broken('the link is silent')
      alive = false
      socket.ping()
    }, SILENCE_MS).unref()
  }

  #say(reason: string | undefined): void {
    if (this.#down === (reason !== undefined)) return
    this.#down = reason !== undefined
    const detail = `${this.#to} at ${this.#options.urls[this.#to]}: ${reason}`
    this.#options.onChange?.(this.#to, reason === undefined ? undefined : problem('neighbour-unreachable', detail))
  }
}

function outcomeOf(frame: ReplyFrame): Outcome {
  if ('ack' in frame) return { kind: 'accepted', journalled: true }
  if ('answer' in frame) return { kind: 'answered', journalled: true, answer: frame.answer }
  return { kind: 'refused', journalled: frame.journalled, problem: frame.problem }
}
