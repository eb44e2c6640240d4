import type { OpenSocket } from '../../shared/transport/link-socket.ts'
import { contractOfLayer } from '../../shared/transport/link-contract.ts'
import { helloHeaders, misfit, speakerOf } from '../../shared/transport/link-handshake.ts'
import { LinkReceiver, type Inbox } from '../../shared/service/link-receiver.ts'
import type { Reply } from '../../shared/transport/transport.ts'
import type { Layer } from '../../shared/contracts/layer.ts'
import type { FaultSource } from './faults.ts'
import type { Time } from './time.ts'

/** From one process to another, one way. */
const HOP_NS = 100_000
/** What is slow takes up to so much longer; repeats of a proxy come so much later. */
const SLOW_NS = 30e6
/** After this a turn of the event loop is over. */
export const TURN_NS = 10_000

/** A process as the network sees it. */
export interface Host {
  readonly layer: Layer | 'driver'
  isAlive(): boolean
  /** Told when it has died. */
  onDeath(told: () => void): void
}

export interface Serving extends Host {
  readonly inbox: Inbox
  /** Makes a machine, as by PUT. */
  create(machine: string, reply: (reply: Reply) => void): void
  /** Deletes one, as by DELETE. */
  delete(machine: string, reply: (reply: Reply) => void): void
  fault(error: unknown, what: string): void
}

export interface NetworkPorts {
  readonly time: Time
  readonly faults: FaultSource
  /** Who serves a layer now; undefined while nobody does. */
  readonly serving: (layer: Layer) => Serving | undefined
}

/** What is between the processes: requests, and links that can be cut. */
export class Network {
  readonly #ports: NetworkPorts

  constructor(ports: NetworkPorts) {
    this.#ports = ports
  }

  /**
   * One request. `offer` hands it to the process it reaches. `tried` is told the reply, or undefined when none will come:
   * the connection was refused or broke.
   */
  request(
    from: Host,
    to: Layer,
    name: string,
    offer: (host: Serving, reply: (reply: Reply) => void) => void,
    tried: (reply: Reply | undefined) => void
  ): void {
    const { time, faults } = this.#ports
    const fault = faults.at('request', `${from.layer} to ${to}: ${name}`)
    const late = (fault?.size ?? 0) * SLOW_NS
    let isOver = false
    const hear = (reply: Reply | undefined) => {
      if (isOver) return
      isOver = true
      time.later(HOP_NS, () => from.isAlive() && tried(reply))
    }
    const arrive = (answers: boolean) => {
      const host = this.#ports.serving(to)
      if (host === undefined) return hear(undefined)
      host.onDeath(() => hear(undefined))
      offer(host, (reply) => {
        if (host.isAlive() && answers) hear(reply)
      })
    }
    switch (fault?.what) {
      case 'lost':
        return hear(undefined)
      case 'unanswered':
        // It may still be on its way when the sender has lost hope.
        time.later(HOP_NS + late, () => arrive(false))
        return hear(undefined)
      case 'slow':
        return time.later(HOP_NS + late, () => arrive(true))
      case 'twice':
        time.later(HOP_NS + late, () => arrive(false))
        return time.later(HOP_NS, () => arrive(true))
      default:
        return time.later(HOP_NS, () => arrive(true))
    }
  }

  /** Opens links for a process. The host of an address is a layer. */
  opener(from: Host): OpenSocket {
    return (url, hello, events) => {
      const to = new URL(url).hostname as Layer
      const { time, faults, serving } = this.#ports
      const where = `link ${from.layer} to ${to}`
      const link = new Cable(this.#ports, where)
      const fault = faults.at('opening', where)
      /** The near side hears nothing any more once it has left or died. */
      const near = (tell: () => void) => {
        if (from.isAlive() && !link.isLeft) tell()
      }
      time.later(HOP_NS + (fault?.what === 'slow' ? fault.size * SLOW_NS : 0), () => {
        const host = serving(to)
        const code = fault?.what === 'reset' ? 'ECONNRESET' : 'ECONNREFUSED'
        if (host === undefined || fault?.what === 'reset') {
          return time.later(HOP_NS, () => near(() => events.failed({ code, message: code })))
        }
        const caller = speakerOf(hello)
        const contract = contractOfLayer(to)
        const why = misfit({ me: to, contract }, hello)
        if (caller === undefined || why !== undefined) throw new Error(`${where}: ${why}`)
        const receiver = new LinkReceiver({
          inbox: host.inbox,
          from: caller,
          socket: {
            isOpen: () => host.isAlive() && !link.isCut,
            send: (text) => host.isAlive() && link.toNear(text),
            close: () => link.cut(),
            terminate: () => link.cut(),
            buffered: () => 0,
            pause: () => undefined,
            resume: () => undefined
          },
          fault: (error, what) => host.fault(error, what),
          timers: { setTimer: () => () => undefined },
          gather: (run) => time.later(0, run),
          later: (run) => time.later(TURN_NS, () => host.isAlive() && run())
        })
        link.far = (text) => host.isAlive() && receiver.received(text)
        link.near = (text) => near(() => events.received(text))
        link.closed = () => near(() => events.closed('the link broke'))
        link.ponged = () => near(events.ponged)
        host.onDeath(() => link.cut())
        from.onDeath(() => link.cut())
        time.later(HOP_NS, () => near(() => events.opened(helloHeaders({ from: to, to: caller, contract }))))
      })
      return {
        send: (text) => from.isAlive() && link.toFar(text),
        ping: () => link.ping(),
        terminate: () => link.leave()
      }
    }
  }
}

/** An open link: texts arrive in order, until it is cut. */
class Cable {
  far: (text: string) => unknown = () => undefined
  near: (text: string) => void = () => undefined
  closed: () => void = () => undefined
  ponged: () => void = () => undefined
  isCut = false
  /** Nothing gets through any more, and nobody is told. */
  #isSilent = false
  /** The near side has left. */
  isLeft = false
  readonly #ports: NetworkPorts
  readonly #where: string
  /** When the last text of each direction arrives. */
  readonly #last = { far: 0, near: 0 }

  constructor(ports: NetworkPorts, where: string) {
    this.#ports = ports
    this.#where = where
  }

  toFar(text: string): void {
    this.#carry('far', () => this.far(text))
  }

  toNear(text: string): void {
    this.#carry('near', () => this.near(text))
  }

  ping(): void {
    if (!this.isCut && !this.#isSilent) this.#ports.time.clock.setTimer(2 * HOP_NS, () => this.ponged())
  }

  /** The near side wants nothing to do with it any more; what it has sent arrives all the same. */
  leave(): void {
    this.isLeft = true
    this.cut()
  }

  cut(): void {
    if (this.isCut) return
    this.isCut = true
    this.#ports.time.later(HOP_NS, () => this.closed())
  }

  #carry(way: 'far' | 'near', arrive: () => void): void {
    const { time, faults } = this.#ports
    if (this.isCut || this.#isSilent) return
    const fault = faults.at('text', `${this.#where}, a text to the ${way} side`)
    if (fault?.what === 'silence') this.#isSilent = true
    if (fault?.what === 'cut') this.cut()
    if (this.isCut || this.#isSilent) return
    const slow = fault?.what === 'slow' ? fault.size * SLOW_NS : 0
    const now = time.clock.now()
    const at = Math.max(this.#last[way], now + HOP_NS + slow)
    // No WebSocket does the following two; what is between two of them might.
    if (fault?.what === 'overtaken' && way === 'far') return time.later(at - now + fault.size * SLOW_NS, arrive)
    if (fault?.what === 'again') time.later(at - now + fault.size * SLOW_NS, arrive)
    this.#last[way] = at
    time.later(at - now, arrive)
    if (fault?.what === 'cutBehind') this.cut()
  }
}
