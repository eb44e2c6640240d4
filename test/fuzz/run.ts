import { isDeepStrictEqual } from 'node:util'
import type { WireEntry } from '../../shared/trace/entry.ts'
import { outcomeOf, type Outcome } from '../../shared/trace/outcome.ts'
import { differences } from '../support/effects.ts'
import { happened, messages, ofTimers, order, retakes, withoutRepeats } from '../support/same-run.ts'
import { hashOf, SeededFaults, type Fault } from './faults.ts'
import { patient, PLAYS, type Play } from './plays.ts'
import type { Plant } from './plant.ts'
import { FuzzRoom, type RoomOptions } from './room.ts'
import type { Way } from './ways.ts'

const MACHINE = 'm0'

/** How a play ended. */
export interface Ended {
  readonly journal: readonly WireEntry[]
  readonly outcome: Outcome
  readonly happened: readonly string[]
  /** But for those of a PE that waited: one that has gone on leaves its timer to run out. */
  readonly timers: readonly string[]
}

const undisturbed = new Map<string, Promise<Ended>>()

/** How a play ends when nothing goes wrong. */
export function undisturbedRun(play: Play): Promise<Ended> {
  let known = undisturbed.get(play.name)
  if (known === undefined) undisturbed.set(play.name, (known = played(play, new FuzzRoom())))
  return known
}

/** Plays it to its end. Throws when it gets stuck. */
export async function played(play: Play, room: FuzzRoom, policyDeadlineMs?: number): Promise<Ended> {
  await play.perform(patient(room.system(), policyDeadlineMs), MACHINE, room)
  room.settle()
  const journal = room.journal(MACHINE)
  room.end()
  return {
    journal,
    outcome: outcomeOf(journal),
    happened: happened(journal, MACHINE),
    timers: room.timers().filter((timer) => !timer.endsWith(' pe.retake'))
  }
}

/** Plays in a room; gives what was wrong with it, nothing when all was as it should be. */
export async function wrongsOf(play: Play, options: RoomOptions): Promise<readonly string[]> {
  const calm = await undisturbedRun(play)
  const room = new FuzzRoom(options)
  const wrongs: string[] = []
  try {
    wrongs.push(...unlike(play, await played(play, room), calm))
  } catch (error) {
    wrongs.push(error instanceof Error ? error.message : String(error))
  }
  return [...room.watch.violations, ...wrongs]
}

/**
 * In what a disturbed run differs from the undisturbed one. Where it took another order each layer's model must agree
 * with its journal, and a play whose parts do not race must come to the same outcome by the same messages: only what
 * the guest met first may differ, since an interrupt and an access race, and how often a PE took one exception again.
 */
function unlike(play: Play, found: Ended, calm: Ended): readonly string[] {
  const wrongs: string[] = []
  const compare = (what: string, now: unknown, then: unknown) => {
    if (!isDeepStrictEqual(now, then)) wrongs.push(`${what}: ${difference(now, then)}`)
  }
  if (!isDeepStrictEqual(found.happened, calm.happened)) compare('what the models say', unfounded(found.journal), [])
  if (play.races) return wrongs
  if (retakes(found.journal) !== retakes(calm.journal)) {
    compare('the outcome', withoutRepeats(found.outcome), withoutRepeats(calm.outcome))
    return wrongs
  }
  compare('the outcome', found.outcome, calm.outcome)
  compare('the timers', found.timers, calm.timers)
  if (order(found.journal) === order(calm.journal)) compare('what happened', found.happened, calm.happened)
  else compare('the messages', messages(found.journal), messages(calm.journal))
  return wrongs
}

/** What is in a journal, or missing there, against the models of its layers. */
export function unfounded(journal: readonly WireEntry[]): readonly string[] {
  const { lost, madeUp, twice } = differences(journal, ofTimers(journal))
  return [
    ...lost.map((name) => `lost ${name}`),
    ...madeUp.map((name) => `made up ${name}`),
    ...twice.map((name) => `twice ${name}`)
  ]
}

function difference(now: unknown, then: unknown): string {
  if (!Array.isArray(now) || !Array.isArray(then)) return `${JSON.stringify(now)} instead of ${JSON.stringify(then)}`
  const more = now.filter((one) => !then.includes(one))
  const less = then.filter((one) => !now.includes(one))
  return `more ${JSON.stringify(more.slice(0, 3))}, less ${JSON.stringify(less.slice(0, 3))}`
}

export interface SeedOptions {
  /** The ids of the faults that happen; by default all of the seed's. */
  readonly only?: ReadonlySet<string> | undefined
  readonly plant?: Plant
  readonly trace?: (line: string) => void
  readonly plays?: readonly Play[]
}

export interface Found {
  readonly seed: number
  readonly play: string
  readonly way: Way
  readonly wrongs: readonly string[]
  readonly faults: readonly Fault[]
}

/** Inputs that are kept before a snapshot is taken in place of them: of each turn, of some, of all. */
const HISTORIES = [0, 3, 10, 30, undefined]

/** Plays what a seed says, with the faults that it says. */
export async function runSeed(seed: number, { only, plays = PLAYS, ...options }: SeedOptions = {}): Promise<Found> {
  const play = plays[Math.floor(hashOf(seed, -3) * plays.length)] ?? plays[0]
  if (play === undefined) throw new Error('there is nothing to play')
  const way: Way = hashOf(seed, -4) < 0.5 ? 'post' : 'link'
  const faults = new SeededFaults(seed, only)
  const history = HISTORIES[Math.floor(hashOf(seed, -5) * HISTORIES.length)]
  const wrongs = await wrongsOf(play, { ...options, way, faults, ...(history === undefined ? {} : { history }) })
  return { seed, play: play.name, way, wrongs, faults: faults.happened }
}
