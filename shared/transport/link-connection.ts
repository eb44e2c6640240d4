import { FrameWriter, type Gather } from './link-frames.ts'
import type { LinkSocket, OpenSocket } from './link-socket.ts'
import { BackOff, NS_PER_MS, type Timers } from './timers.ts'

const FIRST_RETRY_MS = 10
const LAST_RETRY_MS = 500
/** A link over which nothing has come for this long is asked for a sign of life, and given up after as long again. */
const SILENCE_MS = 15_000
/** Handshakes that fail though somebody listens, before it is taken for a service without links. */
const STRANGE_HANDSHAKES = 3
/** Nobody listens there (yet). */
const NOBODY: readonly string[] = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']
/** Answers to a handshake after which it is tried again; any other means that no link is offered. */
const PASSING: readonly number[] = [429, 502, 503, 504]

export interface ConnectionPorts {
  readonly open: OpenSocket
  readonly timers: Timers
  readonly gather: Gather
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
  readonly #backOff = new BackOff(FIRST_RETRY_MS, LAST_RETRY_MS)
  #state: State = 'idle'
  #socket: LinkSocket | undefined
  #writer: FrameWriter | undefined
  #alive = false
  #strange = 0
  #stopRetry: (() => void) | undefined
  #stopPulse: (() => void) | undefined

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
    this.#stopRetry?.()
  }

  /** Ends the link, to open it again after a while. */
  break(reason: string): void {
    if (this.#state !== 'opening' && this.#state !== 'open') return
    this.#end('waiting')
    this.#stopRetry = this.#ports.timers.setTimer(this.#backOff.next(), () => this.#open())
    this.#ports.broken(reason)
  }

  #open(): void {
    this.#state = 'opening'
    const current = () => this.#socket === socket
    const socket = this.#ports.open(this.#url, {
      opened: () => current() && this.#opened(socket),
      received: (text) => current() && this.#received(text),
      ponged: () => current() && (this.#alive = true),
      closed: () => current() && this.break('the link broke'),
      failed: (error) => current() && this.#failed(error),
      answered: (status) => current() && this.#answered(status)
    })
    this.#socket = socket
  }

  #opened(socket: LinkSocket): void {
    this.#state = 'open'
    this.#strange = 0
    this.#backOff.reset()
    this.#writer = new FrameWriter((text) => socket.send(text), this.#ports.gather)
    this.#alive = true
    this.#watch(socket)
    this.#ports.opened()
  }

  #received(text: string): void {
    this.#alive = true
    this.#ports.received(text)
  }

  #watch(socket: LinkSocket): void {
    this.#stopPulse = this.#ports.timers.setTimer(SILENCE_MS * NS_PER_MS, () => {
      if (!this.#alive) return this.break('the link is silent')
      this.#alive = false
      socket.ping()
      this.#watch(socket)
    })
  }

  #answered(status: number): void {
    if (PASSING.includes(status)) this.break(`it answers ${status}`)
    else this.#refused()
  }

  #failed(error: { readonly code?: string; readonly message: string }): void {
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
    this.#stopPulse?.()
    socket?.terminate()
  }
}
