/** What may go wrong, where, and how likely it is each time, in a run of average misfortune. */
const ODDS = {
  /** A request by POST: lost on its way; taken in, but its reply lost; slow; taken in once more later on. */
  request: { lost: 0.02, unanswered: 0.03, slow: 0.04, twice: 0.03 },
  /** A text over a link. `cut`: it is lost with the link; `cutBehind`: it arrives, and the link is cut behind it. */
  text: { slow: 0.04, cut: 0.01, cutBehind: 0.015, silence: 0.0008 },
  /** The opening of a link. */
  opening: { slow: 0.05, reset: 0.05 },
  /** Anything that a running instance does, and a starting one. */
  moment: { crash: 0.003 },
  start: { crash: 0.001 }
} as const

export type Place = keyof typeof ODDS

export interface Fault {
  /** Which decision of the run this was. */
  readonly index: number
  readonly what: string
  /** From 0 to 1: how slow, how late, how long. */
  readonly size: number
  readonly where: string
}

/** Where faults come from: a seed, or a test that wants a certain one. */
export interface FaultSource {
  at(place: Place, where: () => string): Fault | undefined
  /** Those that happened. */
  readonly happened: readonly Fault[]
}

/** Nothing goes wrong. */
export const noFaults: FaultSource = { at: () => undefined, happened: [] }

/** A 32-bit hash of two numbers, from 0 to 1 (the finalizer of MurmurHash3). */
export function hashOf(seed: number, index: number): number {
  let h = Math.imul(seed, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return ((h ^ (h >>> 16)) >>> 0) / 2 ** 32
}

/** A system that never has peace can never settle. */
const MOST_FAULTS = 60

/** What of a seed's faults is left out, to find those that matter. */
export interface Leaving {
  /** Decisions from this one on go well. */
  readonly from?: number
  /** These go well. */
  readonly out?: ReadonlySet<number>
  /** All but these go well. */
  readonly only?: ReadonlySet<number>
}

/** A run's decisions are numbered; what each comes to depends on the seed and its number alone. */
export class SeededFaults implements FaultSource {
  readonly happened: Fault[] = []
  readonly #seed: number
  readonly #misfortune: number
  readonly #leaving: Leaving
  #decisions = 0

  constructor(seed: number, leaving: Leaving = {}) {
    this.#seed = seed
    this.#leaving = leaving
    // Some runs have one fault and some have dozens.
    this.#misfortune = 4 * hashOf(seed, -2) ** 2
  }

  at(place: Place, where: () => string): Fault | undefined {
    const index = this.#decisions++
    if (this.happened.length >= MOST_FAULTS || this.#isLeftOut(index)) return undefined
    let drawn = hashOf(this.#seed, 2 * index) / this.#misfortune
    for (const [what, odds] of Object.entries(ODDS[place])) {
      if (drawn < odds) {
        const fault = { index, what, size: hashOf(this.#seed, 2 * index + 1), where: where() }
        this.happened.push(fault)
        return fault
      }
      drawn -= odds
    }
    return undefined
  }

  #isLeftOut(index: number): boolean {
    const { from = Infinity, out, only } = this.#leaving
    return index >= from || out?.has(index) === true || only?.has(index) === false
  }
}
