import type { Layer } from '../contracts/layer.ts'
import type { Outgoing, Reply, Transport } from './transport.ts'

/** What a queue hands a message to. */
export interface Receiver {
  /** Takes a message in. `reply` is called once, as soon as it is certain what became of it. */
  offer(message: Outgoing, reply: (reply: Reply) => void): void
}

interface Job {
  readonly run: () => void
}

export interface QueuePorts {
  /** Who serves a layer; undefined when nobody does. */
  readonly receiverOf: (layer: Layer) => Receiver | undefined
  /** A message to a layer that nobody serves. */
  readonly absent: (message: Outgoing, done: (reply: Reply) => void) => void
  /** A message to an address of its own. */
  readonly elsewhere: (message: Outgoing, done: (reply: Reply) => void) => () => void
}

/**
 * All layers in one process: one FIFO queue, hops without latency. A message is accepted in its turn; an answer or a
 * refusal takes its turn too, behind what was sent before it.
 */
export class Queue implements Transport {
  readonly #ports: QueuePorts
  #jobs: Job[] = []
  #head = 0

  constructor(ports: QueuePorts) {
    this.#ports = ports
  }

  deliver(message: Outgoing, done: (reply: Reply) => void): () => void {
    if (message.at !== undefined) return this.#ports.elsewhere(message, done)
    let givenUp = false
    const settle = (reply: Reply) => void (givenUp || done(reply))
    const receiver = this.#ports.receiverOf(message.message.to)
    if (receiver === undefined) this.#ports.absent(message, settle)
    else this.later(() => receiver.offer(message, (reply) => this.#reply(reply, settle)))
    return () => void (givenUp = true)
  }

  /** That a message was accepted is known at once, whatever else was said takes its turn. */
  #reply(reply: Reply, settle: (reply: Reply) => void): void {
    if (reply.kind === 'accepted') settle(reply)
    else this.later(() => settle(reply))
  }

  later(run: () => void): void {
    this.#jobs.push({ run })
  }

  /** How many jobs there have been since the queue was last empty. */
  get length(): number {
    return this.#jobs.length
  }

  /** Runs the next job; false when there is none, or none before `end`. */
  next(end = Infinity): boolean {
    if (this.#head >= end) return false
    const job = this.#jobs[this.#head]
    if (job === undefined) return false
    this.#head++
    job.run()
    if (this.#head === this.#jobs.length && end === Infinity) {
      this.#jobs = []
      this.#head = 0
    }
    return true
  }

  urlOf(): undefined {
    return undefined
  }

  close(): Promise<void> {
    return Promise.resolve()
  }
}
