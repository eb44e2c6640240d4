import type { Layer } from '../../contracts/layer.ts'
import type { MessageType } from '../../contracts/message.ts'
import type { Outgoing, Reply, Transport } from '../../transport/transport.ts'
import { Durations } from './durations.ts'

/** What became of a message that left: as its receiver said it, or `given-up` when its sender did not wait any longer. */
export type Outcome = Reply['kind'] | 'given-up'

/** A message that left, once something has become of it. Times are nanoseconds of the service's clock. */
export interface Delivery {
  readonly message: Outgoing
  readonly since: number
  readonly until: number
  readonly outcome: Outcome
  /** Code of the problem, of a refused one. */
  readonly code: string | undefined
}

/** A message that a neighbour does not have yet, or a question that it has not answered. */
export interface Undelivered {
  readonly message: Outgoing
  /** Nanoseconds of the service's clock. */
  readonly since: number
}

/** What was sent of one type to one layer. */
export interface Sent {
  readonly to: Layer
  readonly type: string
  readonly outcomes: Record<Outcome, number>
  readonly durations: Durations
}

/** What a service has on its way to its neighbours, and how long that takes. */
export class Deliveries {
  readonly #now: () => number
  readonly #ended: ((delivery: Delivery) => void) | undefined
  readonly #sent = new Map<MessageType, Sent>()
  readonly #undelivered = new Map<Layer, Set<Undelivered>>()

  constructor(now: () => number, ended?: (delivery: Delivery) => void) {
    this.#now = now
    this.#ended = ended
  }

  /** The same transport, watched. */
  over(transport: Transport): Transport {
    return {
      ...transport,
      deliver: (message, done) => this.#deliver(transport, message, done),
      forget: (machine) => {
        for (const waiting of this.#undelivered.values()) {
          for (const one of waiting) if (one.message.machine === machine) waiting.delete(one)
        }
        transport.forget?.(machine)
      }
    }
  }

  /** What was sent, by receiver and type. */
  sent(): Iterable<Sent> {
    return this.#sent.values()
  }

  /** What each neighbour does not have yet, the oldest first. */
  undelivered(): ReadonlyMap<Layer, ReadonlySet<Undelivered>> {
    return this.#undelivered
  }

  #deliver(transport: Transport, message: Outgoing, done: (reply: Reply) => void): () => void {
    const sent = this.#sentOf(message.message)
    const waiting = this.#waitingFor(message.message.to)
    const one: Undelivered = { message, since: this.#now() }
    waiting.add(one)
    const giveUp = transport.deliver(message, (reply) => {
      // Of a machine that was deleted nobody waits for it any more.
      if (waiting.delete(one)) {
        this.#end(sent, one, reply.kind, reply.kind === 'refused' ? reply.problem.code : undefined)
      }
      done(reply)
    })
    return () => {
      if (waiting.delete(one)) this.#end(sent, one, 'given-up', undefined)
      giveUp()
    }
  }

  #end(sent: Sent, { message, since }: Undelivered, outcome: Outcome, code: string | undefined): void {
    const until = this.#now()
    sent.outcomes[outcome]++
    sent.durations.add(until - since)
    this.#ended?.({ message, since, until, outcome, code })
  }

  #sentOf(message: MessageType): Sent {
    let sent = this.#sent.get(message)
    if (sent === undefined) {
      const { to, type } = message
      const outcomes = { accepted: 0, answered: 0, refused: 0, 'given-up': 0 }
      this.#sent.set(message, (sent = { to, type, outcomes, durations: new Durations() }))
    }
    return sent
  }

  #waitingFor(to: Layer): Set<Undelivered> {
    let waiting = this.#undelivered.get(to)
    if (waiting === undefined) this.#undelivered.set(to, (waiting = new Set()))
    return waiting
  }
}
