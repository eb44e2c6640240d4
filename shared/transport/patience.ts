import type { Problem } from '../contracts/problem.ts'
import type { Passing } from './passing.ts'
import { NS_PER_MS } from './timers.ts'
import type { Reply } from './transport.ts'

/**
 * For how long a message is repeated to a receiver that answers and does not take it, in ms that it has waited between its
 * attempts; Infinity for ever. Who is unreachable or unable says nothing about the message, and is waited for without an end.
 */
export type PatienceMs = Readonly<Record<Exclude<Passing, 'unable'>, number>>

export const PATIENCE_MS: PatienceMs = {
  // Whoever made the machine elsewhere is about to make it there too.
  absent: 60_000,
  failing: 30_000,
  // A burst of others, a start behind a proxy, an upgrade: minutes.
  busy: 600_000
}
/** Nobody is left alone for longer than this because of what he once said, in ms. */
const LONGEST_PAUSE_MS = 600_000
/** Attempts before a message is given up that another one was given up just before, for the same reason. */
const LEAST_TRIES = 3

type Refused = Extract<Reply, { kind: 'refused' }>

/** What the messages of a lane share: why one was given up, until another one is taken. */
export interface Hopeless {
  why: Passing | undefined
}

/** How often and how long a message has been tried. */
export class Patience {
  readonly #lane: Hopeless
  readonly #most: PatienceMs
  #tries = 0
  #waitedNs = 0

  constructor(lane: Hopeless, most: PatienceMs = PATIENCE_MS) {
    this.#lane = lane
    this.#most = most
  }

  /**
   * How long to wait before the next attempt, in ns: `pauseNs`, or as long as its receiver asks for (`againMs`), but no longer
   * than the message is tried at all.
   */
  pause(why: Passing, pauseNs: number, againMs: number | undefined): number {
    if (againMs === undefined) return pauseNs
    const leftNs = why === 'unable' ? Infinity : this.#most[why] * NS_PER_MS - this.#waitedNs
    return Math.max(pauseNs, Math.min(againMs * NS_PER_MS, leftNs, LONGEST_PAUSE_MS * NS_PER_MS))
  }

  /** The message was not taken for now, and would be tried again after a pause: whether it is given up instead. */
  isOver(why: Passing, pauseNs: number): boolean {
    this.#tries++
    if (why === 'unable') return false
    const isHopeless = this.#lane.why === why && this.#tries >= LEAST_TRIES
    if (!isHopeless && this.#waitedNs < this.#most[why] * NS_PER_MS) {
      this.#waitedNs += pauseNs
      return false
    }
    this.#lane.why = why
    return true
  }

  /** What whoever sent it is told when that is over. */
  givenUp(problem: Problem): Refused {
    return { kind: 'refused', journalled: false, problem, tries: this.#tries }
  }
}
