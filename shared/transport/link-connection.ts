import WebSocket from 'ws'
import { FrameWriter, LINK_MAX_BYTES } from './link-frames.ts'

const FIRST_RETRY_MS = 10
const LAST_RETRY_MS = 500
const HANDSHAKE_MS = 5000
/** A link over which nothing has come for this long is asked for a sign of life, and given up after as long again. */
const SILENCE_MS = 15_000
/** Handshakes that fail though somebody listens, before it is taken for a service without links. */
const STRANGE_HANDSHAKES = 3
/** Nobody listens there (yet). */
const NOBODY: readonly string[] = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']
/** Answers to a handshake after which it is tried again; any other means that no link is offered. */
const PASSING: readonly number[] = [429, 502, 503, 504]

export interface ConnectionPorts {
  readonly opened: () => void
  readonly received: (text: string) => void
  /** The link is gone and will be opened again. */
  readonly broken: (reason: string) => void
  /** The neighbour offers no link, and is not asked for one again. */
  readonly refused: () => void
}

type State = 'idle' | 'opening' | 'open' | 'waiting' | 'closed'

/** The WebSocket to a neighbour: opened when first needed, and again whenever it breaks. */
export class LinkConnection {
  readonly #url: string
  readonly #ports: ConnectionPorts
  #state: State = 'idle'
  #socket: WebSocket | undefined
  #writer: FrameWriter | undefined
  #retryMs = FIRST_RETRY_MS
  #strange = 0
  #retry: NodeJS.Timeout | undefined
  #pulse: NodeJS.Timeout | undefined

  constructor(url: string, ports: ConnectionPorts) {
    this.#url = url
    this.#ports = ports
  }

  /** Where to write frames, while the link is open. */
  get writer(): FrameWriter | undefined {
    return this.#writer
  }

  /** Opens the link if nothing has been tried yet. */
  start(): void {
    if (this.#state === 'idle') this.#open()
  }

  close(): void {
    this.#end('closed')
    clearTimeout(this.#retry)
  }

  /** Ends the link, to open it again after a while. */
  break(reason: string): void {
    if (this.#state !== 'opening' && this.#state !== 'open') return
    this.#end('waiting')
    this.#retry = setTimeout(() => this.#open(), this.#retryMs)
    this.#retryMs = Math.min(this.#retryMs * 2, LAST_RETRY_MS)
    this.#ports.broken(reason)
  }

  #open(): void {
    this.#state = 'opening'
    const options = { perMessageDeflate: false, handshakeTimeout: HANDSHAKE_MS, maxPayload: LINK_MAX_BYTES }
    const socket = new WebSocket(this.#url, options)
    this.#socket = socket
    const current = () => this.#socket === socket
    socket.on('open', () => current() && this.#opened(socket))
    socket.on('message', (text: Buffer) => current() && this.#ports.received(text.toString()))
    socket.on('close', () => current() && this.break('the link broke'))
    socket.on('error', (error: NodeJS.ErrnoException) => current() && this.#failed(error))
    socket.on('unexpected-response', (request, { statusCode = 0 }) => {
      request.destroy()
      if (!current()) return
      if (PASSING.includes(statusCode)) this.break(`it answers ${statusCode}`)
      else this.#refused()
    })
  }

  #opened(socket: WebSocket): void {
    this.#state = 'open'
    this.#strange = 0
    this.#retryMs = FIRST_RETRY_MS
    this.#writer = new FrameWriter((text) => socket.send(text))
    let alive = true
    socket.on('pong', () => (alive = true))
    socket.on('message', () => (alive = true))
    this.#pulse = setInterval(() => {
      if (!alive) return this.break('the link is silent')
      alive = false
      socket.ping()
    }, SILENCE_MS).unref()
    this.#ports.opened()
  }

  #failed(error: NodeJS.ErrnoException): void {
    const strange = this.#state === 'opening' && !NOBODY.includes(error.code ?? '')
    if (strange && ++this.#strange >= STRANGE_HANDSHAKES) this.#refused()
    else this.break(error.code ?? error.message)
  }

  #refused(): void {
    this.#end('closed')
    this.#ports.refused()
  }

  #end(state: State): void {
    this.#state = state
    const socket = this.#socket
    this.#socket = this.#writer = undefined
    clearInterval(this.#pulse)
    socket?.terminate()
  }
}
