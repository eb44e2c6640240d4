import type { Layer } from '../contracts/layer.ts'
import type { ProblemCode } from '../contracts/problem.ts'
import { HELD_BOUNDS } from './held.ts'
import { LinkConnection, type ConnectionPorts } from './link-connection.ts'
import { LINK_PATH } from './link-frames.ts'
import { LinkSender } from './link-sender.ts'
import type { HttpOptions } from './http-options.ts'
import { PlainWay } from './plain-way.ts'
import { Reachability } from './reachability.ts'
import type { Neighbour, Outgoing, Reply, Transport } from './transport.ts'

/** What a link to a neighbour is made of: sockets, time, and the way of what goes by no link. */
export interface LinkPeerPorts extends Pick<ConnectionPorts, 'open' | 'timers' | 'gather'> {
  readonly plain: Transport
}

export interface LinkOptions extends HttpOptions {
  readonly contractOf: (layer: Layer) => string
}

/** The way to one neighbour: a link, or POST while it offers none. */
export class LinkPeer {
  readonly to: Layer
  readonly #url: string
  readonly #options: LinkOptions
  readonly #connection: LinkConnection
  readonly #sender: LinkSender
  readonly #plain: PlainWay
  readonly #reachability: Reachability

  constructor(to: Layer, options: LinkOptions, ports: LinkPeerPorts) {
    const url = options.urls[to]
    if (url === undefined) throw new Error(`no address is configured for ${to}`)
    this.to = to
    this.#url = url
    this.#options = options
    this.#reachability = new Reachability(to, url, options.onChange)
    const { from, contractOf, token, patience } = options
    const address = url.replace(/^http/, 'ws').replace(/\/$/, '') + LINK_PATH
    const hello = () => ({ from, to, contract: contractOf(to) })
    this.#connection = new LinkConnection(
      { url: address, hello, token },
      {
        ...ports,
        opened: () => this.#opened(),
        received: (text) => this.#sender.received(text),
        broken: (reason, code) => this.#broken(reason, code),
        refused: () => this.#becomePlain()
      }
    )
    this.#plain = new PlainWay(ports.plain, (machine) => this.#sender.goesOn(machine))
    this.#sender = new LinkSender({
      from,
      patience,
      timers: ports.timers,
      writer: () => this.#connection.writer,
      breakLink: (reason) => this.#connection.break(reason),
      isHeldBack: (machine) => this.#plain.has(machine)
    })
  }

  /** As far as it is reached by link; what goes by POST is counted there. */
  get neighbour(): Neighbour {
    const { trouble } = this.#reachability
    return {
      layer: this.to,
      url: this.#url,
      way: this.#connection.isDeclined ? 'POST' : 'link',
      trouble,
      ...this.#sender.load
    }
  }

  deliver(message: Outgoing, done: (reply: Reply) => void): () => void {
    this.#connection.start()
    return this.#connection.isDeclined ? this.#plain.deliver(message, done) : this.#sender.deliver(message, done)
  }

  /** It answers POSTs again, perhaps as another process: it may offer a link now. */
  answersAgain(): void {
    this.#connection.mayOffer()
  }

  /** Whether so much of a machine waits for a link that nobody outside may cause more of it. */
  isFullFor(machine: string): boolean {
    return this.#sender.isFullFor(machine, this.#options.bounds ?? HELD_BOUNDS)
  }

  /** Drops all that waits of a machine, and what is known of it. */
  forget(machine: string): void {
    this.#plain.forget(machine)
    this.#sender.forget(machine)
  }

  close(): void {
    this.#connection.close()
    this.#sender.close()
  }

  /** What is under way by POST arrives first: what is sent from now on waits for that, machine by machine. */
  #opened(): void {
    this.#reachability.answers()
    this.#sender.opened()
  }

  #broken(reason: string, code: ProblemCode): void {
    // Whoever has links and does not fit does not understand what would be posted either.
    this.#sender.takeBack()
    this.#reachability.fails(reason, code)
  }

  /** The neighbour offers no link: whatever waits goes by POST, in order, as does all that comes while that is so. */
  #becomePlain(): void {
    this.#reachability.answers()
    this.#sender.handOver((message, done) => this.#plain.deliver(message, done))
  }
}
