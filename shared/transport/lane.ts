import { Held } from './held.ts'
import type { Passing } from './passing.ts'
import { Patience, type Hopeless, type PatienceMs } from './patience.ts'
import { BackOff, type Timers } from './timers.ts'
import type { Outgoing, Reply } from './transport.ts'

const FIRST_RETRY_MS = 10
const LAST_RETRY_MS = 500
/** What a message counts for in a lane with nothing else in it, so that it need not be measured. */
const ONE_BYTES = 256

export interface LanePorts {
  readonly timers: Timers
  /**
   * Tries a message once. `tried` is called later and at most once: with what became of it, or with undefined when it
   * has to be repeated; a refusal that is passing asks for that too, but not for ever. The function returned breaks the
   * attempt off.
   */
  attempt(message: Outgoing, tried: (reply: Reply | undefined) => void): () => void
  /** Where the messages of all lanes to a neighbour are counted. */
  readonly all?: Held
  /** Told when a message is going to be tried again. */
  readonly retries?: () => void
  /** For how long a message is tried that is not taken. */
  readonly patience?: PatienceMs | undefined
}

const NOT_REFUSED: { readonly passing?: Passing; readonly againMs?: number } = {}

interface Job {
  readonly message: Outgoing
  readonly done: (reply: Reply) => void
  readonly bytes: number
  readonly patience: Patience
}

/** The messages of one machine to one layer: in order, one at a time, each repeated until something has become of it. */
export class Lane {
  readonly #ports: LanePorts
  readonly #retry = new BackOff(FIRST_RETRY_MS, LAST_RETRY_MS)
  readonly #queue: Job[] = []
  readonly #hopeless: Hopeless = { why: undefined }
  /** The one that is under way, or waits for its next attempt. */
  #current: Job | undefined
  /** Ends that attempt, or that wait. */
  #stop: (() => void) | undefined
  #closed = false
  /** What waits here or is under way. */
  readonly held = new Held()

  constructor(ports: LanePorts) {
    this.#ports = ports
  }

  /** As `Transport.deliver`. */
  deliver(message: Outgoing, done: (reply: Reply) => void): () => void {
    const bytes = this.isIdle ? ONE_BYTES : JSON.stringify(message.data).length + ONE_BYTES
    const job: Job = { message, done, bytes, patience: new Patience(this.#hopeless, this.#ports.patience) }
    this.held.add(bytes)
    this.#ports.all?.add(bytes)
    this.#queue.push(job)
    this.#next()
    return () => this.#giveUp(job)
  }

  get isIdle(): boolean {
    return this.#current === undefined && this.#queue.length === 0
  }

  /** Nothing is tried any more, and nobody hears of what waits. */
  forget(): void {
    this.close()
    for (const job of this.#queue.splice(0)) this.#drop(job)
    if (this.#current !== undefined) this.#drop(this.#current)
    this.#current = undefined
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
      const { passing, againMs } = reply?.kind === 'refused' ? reply : NOT_REFUSED
      const next = this.#retry.next()
      const pause = passing === undefined ? next : job.patience.pause(passing, next, againMs)
      if (reply === undefined || (passing !== undefined && !job.patience.isOver(passing, pause))) {
        this.#ports.retries?.()
        this.#stop = this.#ports.timers.setTimer(pause, () => this.#try(job))
        return
      }
      if (passing === undefined) this.#hopeless.why = undefined
      this.#current = undefined
      this.#drop(job)
      job.done(reply.kind === 'refused' && passing !== undefined ? job.patience.givenUp(reply.problem) : reply)
      this.#next()
    })
  }

  #giveUp(job: Job): void {
    if (this.#current === job) {
      this.#stop?.()
      this.#current = undefined
      this.#drop(job)
      return this.#next()
    }
    const at = this.#queue.indexOf(job)
    if (at < 0) return
    this.#queue.splice(at, 1)
    this.#drop(job)
  }

  #drop({ bytes }: Job): void {
    this.held.drop(bytes)
    this.#ports.all?.drop(bytes)
  }
}
