import { BackOff, type Timers } from './timers.ts'
import type { Outgoing, Reply } from './transport.ts'

const FIRST_RETRY_MS = 10
const LAST_RETRY_MS = 500

export interface LanePorts {
  readonly timers: Timers
  /**
   * Tries a message once. `tried` is called later and at most once: with what became of it, or with undefined when it
   * has to be repeated. The function returned breaks the attempt off.
   */
  attempt(message: Outgoing, tried: (reply: Reply | undefined) => void): () => void
}

interface Job {
  readonly message: Outgoing
  readonly done: (reply: Reply) => void
}

/** The messages of one machine to one layer: in order, one at a time, each repeated until something has become of it. */
export class Lane {
  readonly #ports: LanePorts
  readonly #retry = new BackOff(FIRST_RETRY_MS, LAST_RETRY_MS)
  readonly #queue: Job[] = []
  /** The one that is under way, or waits for its next attempt. */
  #current: Job | undefined
  /** Ends that attempt, or that wait. */
  #stop: (() => void) | undefined
  #closed = false

  constructor(ports: LanePorts) {
    this.#ports = ports
  }

  /** As `Transport.deliver`. */
  deliver(message: Outgoing, done: (reply: Reply) => void): () => void {
    const job: Job = { message, done }
    this.#queue.push(job)
    this.#next()
    return () => this.#giveUp(job)
  }

  /** Nothing is tried any more. */
  close(): void {
    this.#closed = true
    this.#stop?.()
  }

  #next(): void {
    if (this.#current !== undefined || this.#closed) return
    const job = this.#queue.shift()
    if (job === undefined) return
    this.#current = job
    this.#retry.reset()
    this.#try(job)
  }

  #try(job: Job): void {
    this.#stop = this.#ports.attempt(job.message, (reply) => {
      if (this.#current !== job || this.#closed) return
      if (reply === undefined) {
        this.#stop = this.#ports.timers.setTimer(this.#retry.next(), () => this.#try(job))
        return
      }
      this.#current = undefined
      job.done(reply)
      this.#next()
    })
  }

  #giveUp(job: Job): void {
    if (this.#current === job) {
      this.#stop?.()
      this.#current = undefined
      return this.#next()
    }
    const at = this.#queue.indexOf(job)
    if (at >= 0) this.#queue.splice(at, 1)
  }
}
