import { Pool, type Dispatcher } from 'undici'
import { URL_VARIABLE, type Layer } from '../contracts/layer.ts'
import type { MessageType } from '../contracts/message.ts'
import { requestOf } from '../contracts/path.ts'
import { HEADER, sourceOf } from './headers.ts'
import type { Outgoing, Reply, Transport } from './transport.ts'
import { isProblemCode, problem, type Problem, type ProblemCode } from '../contracts/problem.ts'

export interface HttpOptions {
  /** The layer whose messages these are. */
  readonly from: Layer
  readonly urls: Readonly<Partial<Record<Layer, string>>>
  /** Told once when a layer stops answering, and once when it answers again. */
  readonly onChange?: (layer: Layer, problem: Problem | undefined) => void
}

const FIRST_RETRY_MS = 10
const LAST_RETRY_MS = 500
/** Longer than a service takes to say that an answer is late. */
const TIMEOUT_MS = 40_000
const CONNECTIONS = 64

interface Job {
  readonly message: Outgoing
  readonly done: (reply: Reply) => void
  readonly abort: AbortController | undefined
  givenUp: boolean
}

/** Messages as plain HTTP requests, one at a time for each machine and layer. */
export function postTransport(options: HttpOptions): Transport {
  const closing = new AbortController()
  const peers = new Map<string, Peer>()
  const peer = (to: Layer, at: string | undefined) => {
    const key = at === undefined ? to : `${to} ${at}`
    let known = peers.get(key)
    if (known === undefined) peers.set(key, (known = new Peer(to, at ?? options.urls[to], options, closing.signal)))
    return known
  }
  return {
    deliver: (message, done) => peer(message.message.to, message.at).lane(message.machine).push(message, done),
    urlOf: (layer) => options.urls[layer],
    async close() {
      closing.abort()
      await Promise.all([...peers.values()].map((each) => each.close()))
    }
  }
}

/** One layer's service, as we reach it. */
class Peer {
  readonly closing: AbortSignal
  readonly #to: Layer
  readonly #url: string
  readonly #options: HttpOptions
  readonly #pool: Pool
  readonly #prefix: string
  readonly #lanes = new Map<string, Lane>()
  readonly #requests = new Map<MessageType, ReturnType<typeof requestOf>>()
  #down = false

  constructor(to: Layer, url: string | undefined, options: HttpOptions, closing: AbortSignal) {
    if (url === undefined) throw new Error(`no address is configured for ${to} (${URL_VARIABLE[to]})`)
    const { origin, pathname } = new URL(url)
    const timeouts = { headersTimeout: TIMEOUT_MS, bodyTimeout: TIMEOUT_MS }
    this.#pool = new Pool(origin, { connections: CONNECTIONS, ...timeouts })
    this.#prefix = pathname.replace(/\/$/, '')
    this.#to = to
    this.#url = url
    this.#options = options
    this.closing = closing
  }

  lane(machine: string): Lane {
    let lane = this.#lanes.get(machine)
    if (lane === undefined) this.#lanes.set(machine, (lane = new Lane(this)))
    return lane
  }

  /** One attempt; undefined when it has to be repeated. */
  async attempt({ message, abort }: Job): Promise<Reply | undefined> {
    try {
      const response = await this.#pool.request(this.#requestOf(message, abort?.signal))
      const { statusCode, headers } = response
      const text = await response.body.text()
      const reply = replyOf(message, statusCode, headers[HEADER.journal] !== undefined, text)
      this.#say(reply === undefined ? { code: 'neighbour-refused', reason: `it answers ${statusCode}` } : undefined)
      return reply
    } catch (error) {
      if (abort?.signal.aborted !== true && !this.closing.aborted)
        this.#say({ code: 'neighbour-unreachable', reason: reasonOf(error) })
      return undefined
    }
  }

  async close(): Promise<void> {
    await this.#pool.destroy()
  }

  #requestOf(message: Outgoing, signal: AbortSignal | undefined): Dispatcher.RequestOptions {
    const { message: type, machine, id, cause, timeMs, traceparent } = message
    let request = this.#requests.get(type)
    if (request === undefined) this.#requests.set(type, (request = requestOf(type)))
    const { path, body } = request(machine, message.data)
    const headers: Record<string, string> = {
      [HEADER.specversion]: '1.0',
      [HEADER.id]: id,
      [HEADER.source]: sourceOf(this.#options.from),
      [HEADER.type]: type.type,
      [HEADER.subject]: machine,
      [HEADER.time]: new Date(timeMs).toISOString()
    }
    if (body !== undefined) headers['content-type'] = 'application/json'
    if (cause !== undefined) headers[HEADER.causationid] = cause
    if (traceparent !== undefined) headers[HEADER.traceparent] = traceparent
    return {
      method: type.method,
      path: this.#prefix + path,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal })
    }
  }

  #say(trouble: { readonly code: ProblemCode; readonly reason: string } | undefined): void {
    if (this.#down === (trouble !== undefined)) return
    this.#down = trouble !== undefined
    const told = trouble && problem(trouble.code, `${this.#to} at ${this.#url}: ${trouble.reason}`)
    this.#options.onChange?.(this.#to, told)
  }
}

/** The messages of one machine to one layer, in order. */
class Lane {
  readonly #peer: Peer
  readonly #queue: Job[] = []
  #running = false

  constructor(peer: Peer) {
    this.#peer = peer
  }

  push(message: Outgoing, done: (reply: Reply) => void): () => void {
    const abort = message.message.reply === undefined ? undefined : new AbortController()
    const job: Job = { message, done, abort, givenUp: false }
    this.#queue.push(job)
    if (!this.#running) void this.#run()
    return () => {
      job.givenUp = true
      abort?.abort()
    }
  }

  async #run(): Promise<void> {
    this.#running = true
    let waitMs = FIRST_RETRY_MS
    for (let job = this.#queue[0]; job !== undefined && !this.#peer.closing.aborted; job = this.#queue[0]) {
      const reply = job.givenUp ? undefined : await this.#peer.attempt(job)
      if (job.givenUp || reply !== undefined) {
        this.#queue.shift()
        waitMs = FIRST_RETRY_MS
        if (!job.givenUp && reply !== undefined) job.done(reply)
      } else {
        await pause(waitMs, this.#peer.closing, job.abort?.signal)
        waitMs = Math.min(waitMs * 2, LAST_RETRY_MS)
      }
    }
    this.#running = false
  }
}

/** Waits, but not longer than until one of the signals. */
function pause(ms: number, ...signals: (AbortSignal | undefined)[]): Promise<void> {
  return new Promise((resolve) => {
    const stop = () => {
      clearTimeout(timer)
      for (const signal of signals) signal?.removeEventListener('abort', stop)
      resolve()
    }
    const timer = setTimeout(stop, ms)
    for (const signal of signals) signal?.addEventListener('abort', stop)
    if (signals.some((signal) => signal?.aborted === true)) stop()
  })
}

const reasonOf = (error: unknown) => {
  const { code, message } = error as { code?: string; message?: string }
  return code ?? message ?? String(error)
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Reads a response; undefined asks for a repeat. A machine that is not there may still be on its way to that service. */
function replyOf(message: Outgoing, status: number, journalled: boolean, text: string): Reply | undefined {
  if (status >= 200 && status < 300) {
    if (message.message.reply === undefined) return { kind: 'accepted', journalled, id: message.id, seq: 0 }
    return { kind: 'answered', journalled, answer: jsonOf(text) }
  }
  const told = jsonOf(text) as Partial<Problem> | undefined
  const code = told?.code !== undefined && isProblemCode(told.code) ? told.code : undefined
  const passing =
    status >= 500 ? status !== 501 && code !== 'model-fault' : status === 408 || status === 425 || status === 429
  if (passing || code === 'machine-unknown') return undefined
  const detail = told?.detail ?? told?.title ?? `${message.message.to} answered ${status}`
  const field = told?.field
  return { kind: 'refused', journalled, problem: problem(code ?? 'neighbour-refused', detail, { field }) }
}
