import type { ProblemCode } from '../contracts/problem.ts'
import { jsonOf } from './json-of.ts'
import { FrameWriter, type Gather } from './link-frames.ts'
import { helloHeaders, misfit, type Hello } from './link-handshake.ts'
import type { HandshakeAnswer, LinkSocket, OpenSocket } from './link-socket.ts'
import { authorization } from './authorization.ts'
import { NOT_OFFERED } from './headers.ts'
import { isOurs, problemOf } from './problem-of.ts'
import { BackOff, NS_PER_MS, type Timers } from './timers.ts'
import { whyUnreached } from './why-unreached.ts'

const FIRST_RETRY_MS = 10
const LAST_RETRY_MS = 500
/** Between two attempts at a neighbour that does not fit: somebody has to change something first. */
const MISFIT_RETRY_MS = 15_000
/** After a neighbour has said that it offers no link, until it is asked for one again: it may be another process by then. */
const FIRST_OFFER_MS = 15_000
const LAST_OFFER_MS = 300_000
/** A link over which nothing has come for this long is asked for a sign of life, and given up after as long again. */
const SILENCE_MS = 15_000
/** Whoever answers a handshake so is no service without links: it, or what is before it, wants to know us first. */
const UNKNOWN_TO_IT: ReadonlySet<number> = new Set([401, 407])
const REQUEST_TIMEOUT = 408
const TOO_EARLY = 425
const TOO_MANY = 429

export interface ConnectionPorts {
  readonly open: OpenSocket
  readonly timers: Timers
  readonly gather: Gather
  readonly opened: () => void
  readonly received: (text: string) => void
  /** The link is gone and will be opened again. */
  readonly broken: (reason: string, code: ProblemCode) => void
  /** The neighbour offers no link now. It is asked for one again with a later `start`. */
  readonly refused: () => void
}

export interface ConnectionOptions {
  readonly url: string
  readonly hello: () => Hello
  readonly token: string | undefined
}

type State = 'idle' | 'opening' | 'open' | 'waiting' | 'closed'

/** The WebSocket to a neighbour: opened when first needed, and again whenever it breaks. */
export class LinkConnection {
  readonly #options: ConnectionOptions
  readonly #ports: ConnectionPorts
  readonly #backOff = new BackOff(FIRST_RETRY_MS, LAST_RETRY_MS)
  readonly #offers = new BackOff(FIRST_OFFER_MS, LAST_OFFER_MS)
  #isDeclined = false
  #state: State = 'idle'
  #socket: LinkSocket | undefined
  #writer: FrameWriter | undefined
  #alive = false
  #stopRetry: (() => void) | undefined
  #stopPulse: (() => void) | undefined

  constructor(options: ConnectionOptions, ports: ConnectionPorts) {
    this.#options = options
    this.#ports = ports
  }

  /** The last thing that the neighbour said of links is that it offers none: it is reached without. */
  get isDeclined(): boolean {
    return this.#isDeclined
  }

  /** Where to write frames, while the link is open. */
  get writer(): FrameWriter | undefined {
    return this.#writer
  }

  /** Opens the link if nothing has been tried yet, or not since a neighbour that offered none may have changed. */
  start(): void {
    if (this.#state === 'idle') this.#open()
  }

  /** A neighbour that offered no link may be another process now. */
  mayOffer(): void {
    if (!this.#isDeclined || this.#state !== 'waiting') return
    this.#stopRetry?.()
    this.#offers.reset()
    this.#state = 'idle'
  }

  close(): void {
    this.#end('closed')
    this.#stopRetry?.()
  }

  /** Ends the link, to open it again after a while. */
  break(reason: string): void {
    // It is reached without a link: that it cannot be asked for one now changes nothing.
    if (this.#isDeclined) return this.#refused()
    this.#retryAfter(this.#backOff, reason, 'neighbour-unreachable')
  }

  #retryAfter(wait: { next(): number }, reason: string, code: ProblemCode): void {
    if (this.#state !== 'opening' && this.#state !== 'open') return
    this.#end('waiting')
    this.#stopRetry = this.#ports.timers.setTimer(wait.next(), () => this.#open())
    this.#ports.broken(reason, code)
  }

  #open(): void {
    const { url, token, hello } = this.#options
    this.#state = 'opening'
    const mine = hello()
    const current = () => this.#socket === socket
    const socket = this.#ports.open(
      url,
      { ...helloHeaders(mine), ...authorization(token) },
      {
        opened: (theirs) => {
          if (!current()) return
          const why = misfit({ me: mine.from, other: mine.to, contract: mine.contract }, theirs)
          if (why === undefined) this.#opened(socket)
          else this.#doesNotFit(why)
        },
        received: (text) => current() && this.#received(text),
        ponged: () => current() && (this.#alive = true),
        closed: (why) => current() && this.break(why),
        failed: (error) => current() && this.break(whyUnreached(error)),
        answered: (answer) => current() && this.#answered(answer)
      }
    )
    this.#socket = socket
  }

  #opened(socket: LinkSocket): void {
    this.#state = 'open'
    this.#isDeclined = false
    this.#writer = new FrameWriter((text) => socket.send(text), this.#ports.gather)
    this.#alive = true
    this.#watch(socket)
    this.#ports.opened()
  }

  #received(text: string): void {
    // Not when it opens: a neighbour that ends it at the first frame is not asked again at once, for ever.
    this.#backOff.reset()
    this.#offers.reset()
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

  /** The handshake was answered, and opens no link. */
  #answered({ status, text }: HandshakeAnswer): void {
    if (NOT_OFFERED.has(status)) return this.#refused()
    const isPassing = status >= 500 || status === REQUEST_TIMEOUT || status === TOO_EARLY || status === TOO_MANY
    if (isPassing) return this.break(`it answers ${status}`)
    const told = jsonOf(text)
    if (!isOurs(told) && !UNKNOWN_TO_IT.has(status)) return this.#refused()
    const { code, detail } = problemOf(told, `it answers ${status}`)
    this.#doesNotFit(code === 'neighbour-refused' ? detail : `${code}: ${detail}`)
  }

  #doesNotFit(why: string): void {
    this.#isDeclined = false
    this.#retryAfter({ next: () => MISFIT_RETRY_MS * NS_PER_MS }, `no link: ${why}`, 'neighbour-incompatible')
  }

  /** Nobody asks again before something is to be sent: what is not needed is not looked for. */
  #refused(): void {
    if (this.#state !== 'opening' && this.#state !== 'open') return
    const isNew = !this.#isDeclined
    this.#isDeclined = true
    this.#end('waiting')
    this.#stopRetry = this.#ports.timers.setTimer(this.#offers.next(), () => (this.#state = 'idle'))
    if (isNew) this.#ports.refused()
  }

  #end(state: State): void {
    this.#state = state
    const socket = this.#socket
    this.#socket = this.#writer = undefined
    this.#stopPulse?.()
    socket?.terminate()
  }
}
