import type { Layer } from '../contracts/layer.ts'
import type { Outgoing, Reply, Transport } from './transport.ts'

/** What a queue hands a message to. */
export interface Receiver {
  /** Takes a message in. `reply` is called once, as soon as it is certain what became of it. */
  offer(message: Outgoing, reply: (reply: Reply) => void): void
}

interface Job {
  /** The question that this answers. */
  readonly answers: string | undefined
  run(): void
}

/** A message in its turn. What it comes to takes its turn too, but that it was accepted is known at once. */
class Delivery implements Job {
  readonly answers = undefined
  isGivenUp = false
  readonly #jobs: { push(job: Job): void }
  readonly #receiver: Receiver
  readonly #message: Outgoing
  readonly #done: (reply: Reply) => void

  constructor(jobs: { push(job: Job): void }, receiver: Receiver, message: Outgoing, done: (reply: Reply) => void) {
    this.#jobs = jobs
    this.#receiver = receiver
    this.#message = message
    this.#done = done
  }

  run(): void {
    this.#receiver.offer(this.#message, (reply) => {
      if (reply.kind === 'accepted') this.settle(reply)
      else this.#jobs.push(new Answer(this, this.#message.id, reply))
    })
  }

  settle(reply: Reply): void {
    if (!this.isGivenUp) this.#done(reply)
  }
}

class Answer implements Job {
  readonly answers: string
  readonly #delivery: Delivery
  readonly #reply: Reply

  constructor(delivery: Delivery, answers: string, reply: Reply) {
    this.answers = answers
    this.#delivery = delivery
    this.#reply = reply
  }

  run(): void {
    this.#delivery.settle(this.#reply)
  }
}

/** Handlers that may wait on the stack, one within the other; a further one is run again when its answer has come. */
const MOST_WAITING = 100
/** Jobs that are done and still in the list. */
const MOST_DONE = 1024

export interface QueuePorts {
  /** Who serves a layer; undefined when nobody does. */
  readonly receiverOf: (layer: Layer) => Receiver | undefined
  /** A message to a layer that nobody serves. */
  readonly absent: (message: Outgoing, done: (reply: Reply) => void) => void
  /** Jobs without a pause after which a run counts as endless and throws. */
  readonly maxSteps: number
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
  /** Jobs from here on are left for later: whoever posted wants to see the receipt only. */
  #end = Infinity
  /** Jobs run since the queue was last empty. */
  #steps = 0
  /** Questions that a handler on the stack waits for, the outermost first. */
  readonly #waiting: string[] = []

  constructor(ports: QueuePorts) {
    this.#ports = ports
  }

  deliver(message: Outgoing, done: (reply: Reply) => void): () => void {
    if (message.at !== undefined) return this.#ports.elsewhere(message, done)
    const receiver = this.#ports.receiverOf(message.message.to)
    if (receiver === undefined) {
      this.#ports.absent(message, done)
      return () => undefined
    }
    const delivery = new Delivery(this, receiver, message, done)
    this.push(delivery)
    return () => void (delivery.isGivenUp = true)
  }

  push(job: Job): void {
    this.#jobs.push(job)
  }

  later(run: () => void): void {
    this.#jobs.push({ run, answers: undefined })
  }

  /** Runs what is in the queue now, and nothing that comes of it. */
  flush(): void {
    const outer = this.#end
    this.#end = this.#jobs.length
    try {
      while (this.#next() !== undefined) continue
    } finally {
      this.#end = outer
    }
  }

  /** Runs until nothing is left. */
  run(): void {
    while (this.#next() !== undefined) continue
    this.#jobs = []
    this.#head = this.#steps = 0
  }

  await(id: string): boolean {
    if (this.#waiting.length >= MOST_WAITING) return false
    this.#waiting.push(id)
    try {
      for (;;) {
        const job = this.#peek()
        const answers = job?.answers
        // An answer for a handler further out: those above it have to get off the stack first.
        if (job === undefined || (answers !== undefined && answers !== id && this.#waiting.includes(answers)))
          return false
        this.#next()
        if (answers === id) return true
      }
    } finally {
      this.#waiting.pop()
    }
  }

  #peek(): Job | undefined {
    return this.#head < this.#end ? this.#jobs[this.#head] : undefined
  }

  #next(): Job | undefined {
    const job = this.#peek()
    if (job === undefined) return undefined
    const { maxSteps } = this.#ports
    if (++this.#steps > maxSteps) throw new Error(`${maxSteps} steps within one instant: the layers go on for ever`)
    this.#head++
    if (this.#head >= MOST_DONE && this.#end === Infinity) this.#forgetDone()
    job.run()
    return job
  }

  #forgetDone(): void {
    this.#jobs = this.#jobs.slice(this.#head)
    this.#head = 0
  }

  urlOf(): undefined {
    return undefined
  }

  close(): Promise<void> {
    return Promise.resolve()
  }
}
