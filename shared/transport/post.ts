import { Pool, type Dispatcher } from 'undici'
import { URL_VARIABLE, type Layer } from '../contracts/layer.ts'
import type { MessageType } from '../contracts/message.ts'
import { requestOf } from '../contracts/path.ts'
import { authorization } from './authorization.ts'
import { HEADER, sourceOf } from './headers.ts'
import { Lane } from './lane.ts'
import { type OnChange, Reachability } from './reachability.ts'
import { realTimers } from './timers.ts'
import { isPassing, type Outgoing, type Reply, type Transport } from './transport.ts'
import { isProblemCode, problem, type Problem } from '../contracts/problem.ts'

export interface HttpOptions {
  /** The layer whose messages these are. */
  readonly from: Layer
  readonly urls: Readonly<Partial<Record<Layer, string>>>
  readonly onChange?: OnChange
  /** What the neighbours ask for; nobody else gets it. */
  readonly token?: string | undefined
}

/** Longer than a service takes to say that an answer is late. */
const TIMEOUT_MS = 40_000
const CONNECTIONS = 64

/** Messages as plain HTTP requests, one at a time for each machine and layer. */
export function postTransport(options: HttpOptions): Transport {
  const peers = new Map<string, Peer>()
  const peer = (to: Layer, at: string | undefined) => {
    const key = at === undefined ? to : `${to} ${at}`
    let known = peers.get(key)
    if (known === undefined) {
      known =
        at === undefined ? new Peer(to, options.urls[to], options) : new Peer(to, at, { ...options, token: undefined })
      peers.set(key, known)
    }
    return known
  }
  return {
    deliver: (message, done) => peer(message.message.to, message.at).lane(message.machine).deliver(message, done),
    forget(machine) {
      for (const each of peers.values()) each.forget(machine)
    },
    urlOf: (layer) => options.urls[layer],
    async close() {
      await Promise.all([...peers.values()].map((each) => each.close()))
    }
  }
}

/** One layer's service, as we reach it. */
class Peer {
  readonly #options: HttpOptions
  readonly #pool: Pool
  readonly #prefix: string
  readonly #lanes = new Map<string, Lane>()
  readonly #requests = new Map<MessageType, ReturnType<typeof requestOf>>()
  readonly #reachability: Reachability
  readonly #shown: ReturnType<typeof authorization>
  #closed = false

  constructor(to: Layer, url: string | undefined, options: HttpOptions) {
    if (url === undefined) throw new Error(`no address is configured for ${to} (${URL_VARIABLE[to]})`)
    const { origin, pathname } = new URL(url)
    const timeouts = { headersTimeout: TIMEOUT_MS, bodyTimeout: TIMEOUT_MS }
    this.#pool = new Pool(origin, { connections: CONNECTIONS, ...timeouts })
    this.#prefix = pathname.replace(/\/$/, '')
    this.#options = options
    this.#shown = authorization(options.token)
    this.#reachability = new Reachability(to, url, options.onChange)
  }

  lane(machine: string): Lane {
    let lane = this.#lanes.get(machine)
    if (lane === undefined) {
      lane = new Lane({ timers: realTimers, attempt: (message, tried) => this.#attempt(message, tried) })
      this.#lanes.set(machine, lane)
    }
    return lane
  }

  /** Gives up what is under way of a machine. */
  forget(machine: string): void {
    this.#lanes.get(machine)?.close()
    this.#lanes.delete(machine)
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const lane of this.#lanes.values()) lane.close()
    await this.#pool.destroy()
  }

  /** One attempt; only of a question is it worth breaking off. */
  #attempt(message: Outgoing, tried: (reply: Reply | undefined) => void): () => void {
    const abort = message.message.reply === undefined ? undefined : new AbortController()
    void this.#request(message, abort?.signal).then(tried)
    return () => abort?.abort()
  }

  async #request(message: Outgoing, signal: AbortSignal | undefined): Promise<Reply | undefined> {
    try {
      const { statusCode, headers, body } = await this.#pool.request(this.#requestOf(message, signal))
      const reply = replyOf(message, statusCode, headers[HEADER.journal] !== undefined, await body.text())
      if (reply === undefined) this.#reachability.fails(`it answers ${statusCode}`, 'neighbour-refused')
      else this.#reachability.answers()
      return reply
    } catch (error) {
      if (signal?.aborted !== true && !this.#closed) this.#reachability.fails(reasonOf(error))
      return undefined
    }
  }

  #requestOf(message: Outgoing, signal: AbortSignal | undefined): Dispatcher.RequestOptions {
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
    if (cause !== undefined) headers[HEADER.causationid] = cause
    if (traceparent !== undefined) headers[HEADER.traceparent] = traceparent
    return {
      method: type.method,
      path: this.#prefix + path,
      headers,
      ...(sent === undefined ? {} : { body: JSON.stringify(sent) }),
      ...(signal === undefined ? {} : { signal })
    }
  }
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

/** Reads a response; undefined asks for a repeat. */
function replyOf(message: Outgoing, status: number, journalled: boolean, text: string): Reply | undefined {
  if (status >= 200 && status < 300) {
    if (message.message.reply === undefined) return { kind: 'accepted', journalled, id: message.id, seq: 0 }
    return { kind: 'answered', journalled, answer: jsonOf(text) }
  }
  const told = jsonOf(text) as Partial<Problem> | undefined
  const code = told?.code !== undefined && isProblemCode(told.code) ? told.code : undefined
  const passing =
    status >= 500 ? status !== 501 && code !== 'model-fault' : status === 408 || status === 425 || status === 429
  if (passing) return undefined
  const detail = told?.detail ?? told?.title ?? `${message.message.to} answered ${status}`
  const field = told?.field
  const why = problem(code ?? 'neighbour-refused', detail, { field })
  return isPassing(why) ? undefined : { kind: 'refused', journalled, problem: why }
}
