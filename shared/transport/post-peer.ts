import { Pool, type Dispatcher } from 'undici'
import { URL_VARIABLE, type Layer } from '../contracts/layer.ts'
import { causesWithin } from '../contracts/event-bounds.ts'
import type { MessageType } from '../contracts/message.ts'
import { problem } from '../contracts/problem.ts'
import { traceparentOf, tracestateOf } from '../contracts/trace-context.ts'
import { requestOf } from '../contracts/path.ts'
import { AddressRefused, type AllowedAddresses } from './allowed-addresses.ts'
import { authorization } from './authorization.ts'
import { connectorTo } from './connector.ts'
import { HEADER, sourceOf } from './headers.ts'
import { Held, HELD_BOUNDS, isFull } from './held.ts'
import { Lane } from './lane.ts'
import { Lanes } from './lanes.ts'
import type { HttpOptions } from './http-options.ts'
import { replyOf, tooLong } from './post-reply.ts'
import { Reachability } from './reachability.ts'
import { retryAfterMs } from './retry-after.ts'
import { realTimers } from './timers.ts'
import { isRefusedConnection, whyUnreached } from './why-unreached.ts'
import type { Neighbour, Outgoing, Reply } from './transport.ts'

/** Longer than a service takes to say that an answer is late. */
const TIMEOUT_MS = 40_000
/** A request from its first byte to the last one of its answer, however slowly that drips. */
const WHOLE_MS = 60_000
const ANSWER_MAX_BYTES = 4 * 1_048_576
const CONNECTIONS = 64
const CONNECTIONS_ELSEWHERE = 8
/** As undici names an answer that is longer than is taken. */
const TOO_LONG = 'UND_ERR_RES_EXCEEDED_MAX_SIZE'

/** When a receiver that has not taken a message asks to be tried again, in ms from now; undefined where it does not say. */
function againMsOf(
  status: number,
  headers: Readonly<Record<string, string | string[] | undefined>>
): number | undefined {
  if (status < 400) return undefined
  const [after, date] = [headers['retry-after'], headers['date']].map((value) => [value].flat()[0])
  return retryAfterMs(after, date, Date.now())
}

/** One layer's service, as it is reached by POST. */
export class PostPeer {
  readonly to: Layer
  readonly #url: string
  readonly #options: HttpOptions
  readonly #pool: Pool
  readonly #prefix: string
  readonly #lanes = new Lanes(
    () =>
      new Lane({
        timers: this.#options.timers ?? realTimers,
        patience: this.#options.patience,
        attempt: (message, tried) => this.#attempt(message, tried),
        retries: () => this.#retries++,
        all: this.#held
      })
  )
  readonly #requests = new Map<MessageType, ReturnType<typeof requestOf>>()
  readonly #reachability: Reachability
  readonly #shown: ReturnType<typeof authorization>
  readonly #held = new Held()
  /** Its address came with a message. */
  readonly #isStranger: boolean
  #retries = 0
  #closed = false

  /** `addresses`: where it may be, if its address came with a message. */
  constructor(to: Layer, url: string | undefined, options: HttpOptions, addresses?: AllowedAddresses) {
    if (url === undefined) throw new Error(`no address is configured for ${to} (${URL_VARIABLE[to]})`)
    const { origin, pathname } = new URL(url)
    this.to = to
    this.#url = url
    this.#isStranger = addresses !== undefined
    this.#pool = new Pool(origin, {
      connections: addresses === undefined ? CONNECTIONS : CONNECTIONS_ELSEWHERE,
      ...(addresses === undefined ? {} : { connect: connectorTo(addresses) }),
      headersTimeout: TIMEOUT_MS,
      bodyTimeout: TIMEOUT_MS,
      maxResponseSize: ANSWER_MAX_BYTES
    })
    this.#prefix = pathname.replace(/\/$/, '')
    this.#options = options
    this.#shown = authorization(options.token)
    this.#reachability = new Reachability(to, url, options.onChange)
  }

  get neighbour(): Neighbour {
    const { messages, bytes } = this.#held
    return {
      layer: this.to,
      url: this.#url,
      way: 'POST',
      trouble: this.#reachability.trouble,
      messages,
      bytes,
      retries: this.#retries
    }
  }

  get isIdle(): boolean {
    return this.#held.messages === 0
  }

  /** As `Transport.deliver`. */
  deliver(message: Outgoing, done: (reply: Reply) => void): () => void {
    return this.#lanes.of(message.machine).deliver(message, done)
  }

  /** Whether so much of a machine waits here that nobody outside may cause more of it. */
  isFullFor(machine: string): boolean {
    return isFull(this.#lanes.find(machine)?.held, this.#held, this.#options.bounds ?? HELD_BOUNDS)
  }

  /** Drops all that waits of a machine. */
  forget(machine: string): void {
    this.#lanes.find(machine)?.forget()
    this.#lanes.delete(machine)
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const lane of this.#lanes.all()) lane.close()
    await this.#pool.destroy()
  }

  /** One attempt. It breaks off by itself when it takes too long. */
  #attempt(message: Outgoing, tried: (reply: Reply | undefined) => void): () => void {
    const abort = new AbortController()
    let isGivenUp = false
    const late = setTimeout(() => abort.abort(), WHOLE_MS)
    late.unref()
    void this.#request(message, abort.signal, () => isGivenUp).then((reply) => {
      clearTimeout(late)
      tried(reply)
    })
    return () => {
      // What is sent one way may have been taken already, and is not worth breaking off.
      if (message.message.reply === undefined) return
      isGivenUp = true
      abort.abort()
    }
  }

  async #request(message: Outgoing, signal: AbortSignal, isGivenUp: () => boolean): Promise<Reply | undefined> {
    try {
      const { statusCode, headers, body } = await this.#pool.request(this.#requestOf(message, signal))
      const isJournalled = headers[HEADER.journal] !== undefined
      const reply = replyOf(message, statusCode, isJournalled, await body.text(), againMsOf(statusCode, headers))
      if (reply.kind === 'refused' && reply.passing !== undefined)
        this.#reachability.fails(`it answers ${statusCode}`, 'neighbour-refused')
      else this.#reachability.answers()
      return reply
    } catch (error) {
      if (error instanceof AddressRefused) return this.#isNotThere(error.message, 'address-refused')
      if ((error as { code?: string }).code === TOO_LONG) return tooLong(message, ANSWER_MAX_BYTES)
      if (isGivenUp() || this.#closed) return undefined
      const why = whyUnreached(error)
      // Ours may be starting; of someone else's, whose address may be a mistake, nobody who cannot wait waits for that.
      const isHopeless = this.#isStranger && message.deadlineMs !== undefined && isRefusedConnection(error)
      if (isHopeless) return this.#isNotThere(why, 'neighbour-unreachable')
      this.#reachability.fails(why)
      return undefined
    }
  }

  #isNotThere(why: string, code: 'address-refused' | 'neighbour-unreachable'): Reply {
    this.#reachability.fails(why, code)
    const detail = code === 'address-refused' ? why : `${this.to} at ${this.#url}: ${why}`
    return { kind: 'refused', journalled: false, problem: problem(code, detail) }
  }

  #requestOf(message: Outgoing, signal: AbortSignal): Dispatcher.RequestOptions {
    const { message: type, machine, id, cause, timeMs, traceparent } = message
    let request = this.#requests.get(type)
    if (request === undefined) this.#requests.set(type, (request = requestOf(type)))
    const { path, body } = request(machine, message.data)
    const headers: Record<string, string> = {
      ...this.#shown,
      [HEADER.specversion]: '1.0',
      [HEADER.id]: id,
      [HEADER.source]: sourceOf(this.#options.from),
      [HEADER.type]: type.type,
      [HEADER.subject]: machine,
      [HEADER.time]: new Date(timeMs).toISOString()
    }
    const sent = body ?? (type.method === 'GET' ? undefined : {})
    if (sent !== undefined) headers['content-type'] = 'application/json'
    if (cause !== undefined) headers[HEADER.causationid] = causesWithin(cause)
    if (traceparent !== undefined) {
      headers[HEADER.traceparent] = traceparentOf(traceparent)
      const state = tracestateOf(traceparent)
      if (state !== undefined) headers[HEADER.tracestate] = state
    }
    return {
      method: type.method,
      path: this.#prefix + path,
      headers,
      signal,
      ...(sent === undefined ? {} : { body: JSON.stringify(sent) })
    }
  }
}
