import type { Problem, ProblemCode } from '../contracts/problem.ts'
import { NS_PER_MS } from './timers.ts'
import type { Reply } from './transport.ts'

/**
 * For how long a message is repeated to a receiver that answers and does not take it, in ms that it has waited between its
 * attempts. What is not here is waited for without an end: who is unreachable, full or busy will be able to again, and
 * says nothing about the message.
 */
export const PATIENCE_MS: Readonly<Partial<Record<ProblemCode, number>>> = {
  // Whoever made the machine elsewhere is about to make it there too.
  'machine-unknown': 60_000,
  // It fails (500 and the like): what it fails on may pass.
  'neighbour-refused': 30_000
}
/** Attempts before a message is given up that another one was given up just before, for the same reason. */
const LEAST_TRIES = 3

type Refused = Extract<Reply, { kind: 'refused' }>

/** What the messages of a lane share: why one was given up, until another one is taken. */
export interface Hopeless {
  why: ProblemCode | undefined
}

/** How often and how long a message has been tried. */
export class Patience {
  readonly #lane: Hopeless
  #tries = 0
  #waitedNs = 0

  constructor(lane: Hopeless) {
    this.#lane = lane
  }

  /** The message was not taken for now, and would be tried again after a pause: what it is refused with if it will not be. */
  isOver({ code }: Problem, pauseNs: number): boolean {
    const most = PATIENCE_MS[code]
    this.#tries++
    if (most === undefined) return false
    const isHopeless = this.#lane.why === code && this.#tries >= LEAST_TRIES
    if (!isHopeless && this.#waitedNs < most * NS_PER_MS) {
      this.#waitedNs += pauseNs
      return false
    }
    this.#lane.why = code
    return true
  }

  /** What whoever sent it is told when that is over. */
  givenUp(problem: Problem): Refused {
    return { kind: 'refused', journalled: false, problem, tries: this.#tries }
  }
}
