/** What may go wrong, where, and how likely it is each time, in a run of average misfortune. */
const ODDS = {
  /** A request by POST: lost on its way; taken in, but its reply lost; slow; taken in once more later on. */
  request: { lost: 0.02, unanswered: 0.03, slow: 0.04, twice: 0.03 },
  /**
   * A text over a link. `cut`: it is lost with the link; `cutBehind`: it arrives, and the link is cut behind it; `again`: it
   * arrives once more later on; `overtaken`: those behind it arrive before it.
   */
  text: { slow: 0.04, cut: 0.01, cutBehind: 0.015, silence: 0.0008, again: 0.01, overtaken: 0.01 },
  /** The opening of a link. */
  opening: { slow: 0.05, reset: 0.05 },
  /** Anything that a running instance does, and a starting one. */
  moment: { crash: 0.003 },
  start: { crash: 0.001 },
  /** A write to the disk. */
  flush: { full: 0.004 }
} as const

export type Place = keyof typeof ODDS

export interface Fault {
  /** Names it within its seed. */
  readonly id: string
  readonly what: string
  /** From 0 to 1: how slow, how late, how long. */
  readonly size: number
  readonly where: string
}

/** Where faults come from: a seed, or nowhere. */
export interface FaultSource {
  /** What goes wrong at a place, if anything; `where` says who does what there. */
  at(place: Place, where: string): Fault | undefined
  /** Those that happened. */
  readonly happened: readonly Fault[]
}

/** Nothing goes wrong. */
export const noFaults: FaultSource = { at: () => undefined, happened: [] }

/** A 32-bit hash of two numbers (the finalizer of MurmurHash3). */
function mix(a: number, b: number): number {
  let h = Math.imul(a, 0x9e3779b1) ^ Math.imul(b + 1, 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

/** A hash of two numbers from 0 to 1. */
export const hashOf = (a: number, b: number) => mix(a, b) / 2 ** 32

/** FNV-1a. */
function hashOfText(text: string): number {
  let h = 0x811c9dc5
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193)
  return h
}

/** A system that never has peace can never settle. */
const MOST_FAULTS = 60

/**
 * What a seed lets go wrong. Whether the nth time that somebody does something goes wrong depends on nothing but that and
 * the seed, so that a fault stays when others are left out.
 */
export class SeededFaults implements FaultSource {
  readonly happened: Fault[] = []
  readonly #seed: number
  readonly #only: ReadonlySet<string> | undefined
  readonly #misfortune: number
  readonly #times = new Map<string, number>()

  /** `only`: the ids of those that happen; by default all. */
  constructor(seed: number, only?: ReadonlySet<string>) {
    this.#seed = seed
    this.#only = only
    // Some runs have one fault and some have dozens.
    this.#misfortune = 4 * hashOf(seed, -2) ** 2
  }

  at(place: Place, where: string): Fault | undefined {
    if (this.happened.length >= MOST_FAULTS) return undefined
    const time = (this.#times.get(where) ?? 0) + 1
    this.#times.set(where, time)
    const drawn = mix(this.#seed, mix(hashOfText(where), time))
    const what = kindOf(place, drawn / 2 ** 32 / this.#misfortune)
    if (what === undefined || (what === 'silence' && this.#isSilentAlready())) return undefined
    const id = drawn.toString(36)
    if (this.#only?.has(id) === false) return undefined
    const fault = { id, what, size: hashOf(drawn, 1), where: `${where} (${time})` }
    this.happened.push(fault)
    return fault
  }

  /** One silent link a run: several could outlast the time that a VM gives its policy. */
  #isSilentAlready(): boolean {
    return this.happened.some(({ what }) => what === 'silence')
  }
}

function kindOf(place: Place, drawn: number): string | undefined {
  let left = drawn
  for (const [what, odds] of Object.entries(ODDS[place])) {
    if (left < odds) return what
    left -= odds
  }
  return undefined
}
