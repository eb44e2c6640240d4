import type { Outcome } from '../trace/outcome.ts'
import { oneLine } from '../trace/narrate.ts'
import type { WireEntry } from '../trace/entry.ts'
import { verdictOf, type Verdict } from '../trace/verdict.ts'
import { cameFrom } from './came-from.ts'
import { differences, eventTypeOf, hasType, patternText } from './match-event.ts'
import type { EventPattern, Expectation } from './schema-expect.ts'

/** An expectation that was not met. */
export interface Failure {
  /** Where it is in the file, e.g. `expect.tasks.redis`. */
  readonly expectation: string
  readonly says: string
  /** What the file has there, and what there is instead. */
  readonly expected?: string
  readonly got?: string
  /** For events: the entry that came nearest, as the narrative has it, and where it differs. */
  readonly nearest?: string
  /** Its number in the narrative. */
  readonly order?: number
  readonly differs?: readonly string[]
  /** Further entries that came near, or that made it what it is. */
  readonly further?: readonly Near[]
}

/** An entry as the narrative tells it, with the number that it has there. */
export interface Near {
  readonly order: number
  readonly nearest: string
}

const OF_TRACE = ['events', 'never', 'always', 'cell'] as const

/** The part of an expectation that is about how everyone ended. */
export type ExpectedOutcome = Omit<Expectation, (typeof OF_TRACE)[number]>

export function expectedOutcome(expect: Expectation): ExpectedOutcome {
  const isOfTrace = (name: string) => (OF_TRACE as readonly string[]).includes(name)
  return Object.fromEntries(Object.entries(expect).filter(([name]) => !isOfTrace(name)))
}

/**
 * Holds a run against what its file expects. What was refused, and an access that has not ended, is as expected only when
 * the file says so; and nothing is as expected where a file expects nothing.
 */
export function failuresOf(
  expect: Expectation | undefined,
  outcome: Outcome,
  journal: readonly WireEntry[]
): readonly Failure[] {
  if (expect === undefined) return [NOTHING]
  const { events = [], never = [], always = [] } = expect
  return [
    ...partsOf(expect, outcome, verdictOf(outcome)).flatMap(({ path, wanted, actual, isMet }) =>
      isMet ? [] : [otherwise(path, say(actual), say(wanted), journal)]
    ),
    ...inOrder(events, journal),
    ...never.flatMap((pattern, index) => notAtAll(pattern, index, journal)),
    ...always.flatMap((pattern, index) => everyTime(pattern, index, journal)),
    ...unsaid(expect, outcome, journal)
  ]
}

/** A part of the outcome that is not what was expected, with what made it what it is. */
function otherwise(path: string, got: string, expected: string, journal: readonly WireEntry[]): Failure {
  const [first, ...further] = cameFrom(path, journal).map((entry) => shown(entry, journal))
  return {
    expectation: path,
    says: `is ${got}, not ${expected}`,
    expected,
    got,
    ...first,
    ...(further.length === 0 ? {} : { further })
  }
}

/** What is only as expected when the file says so. */
export function unsaid(expect: Expectation, outcome: Outcome, journal: readonly WireEntry[]): readonly Failure[] {
  return [...refusals(expect.events ?? [], journal), ...unfinished(expect, outcome)]
}

const NOTHING: Failure = { expectation: 'expect', says: 'is not there: a run that must end in no way proves nothing' }

/** Requests of the steps that a layer refused, and no event says that it does. */
function refusals(events: readonly EventPattern[], journal: readonly WireEntry[]): readonly Failure[] {
  const refused = journal.filter((entry) => entry.kind === 'refusal' && entry.from === 'outside')
  return refused
    .filter((entry) => !events.some((pattern) => fits(entry, pattern)))
    .map((entry) => {
      const { code } = entry.data as { code: string }
      const says = `${entry.to} refuses ${entry.type} of a step: ${code}; where that is meant, it is an event refused:${entry.type}`
      return { expectation: 'steps', says, ...shown(entry, journal) }
    })
}

/** Whoever is still at it when the steps are done, in a kernel that runs, and nothing in the file says so. */
function unfinished({ tasks, processes, cell, livelock }: Expectation, outcome: Outcome): readonly Failure[] {
  if (outcome.livelock && (livelock === true || cell === 'livelock')) return []
  const { host, guests } = outcome
  const isGuest = Object.values(guests).includes('running')
  const of = (field: 'tasks' | 'processes', wanted: Expectation['tasks'] = {}) =>
    Object.entries(outcome[field])
      .filter(([name, ending]) => ending === 'unfinished' && wanted[name] === undefined)
      .map(([name]) => ({
        expectation: `expect.${field}.${name}`,
        says: 'is unfinished: its access has not ended, and the file does not say that it does not'
      }))
  return [...(isGuest ? of('tasks', tasks) : []), ...(host === 'running' ? of('processes', processes) : [])]
}

/** A part of the outcome that is expected. */
export interface Part {
  readonly path: string
  readonly wanted: unknown
  readonly actual: unknown
  readonly isMet: boolean
}

/** Every expected part of the outcome beside what came of it. */
export function partsOf(expect: Expectation, outcome: Outcome, cell: Verdict): readonly Part[] {
  const ofCell = expect.cell === undefined ? [] : partsIn('expect.cell', cell, expect.cell)
  const ofOutcome = Object.entries(expectedOutcome(expect)).flatMap(([name, wanted]) =>
    partsIn(`expect.${name}`, outcome[name as keyof Outcome], wanted)
  )
  return [...ofCell, ...ofOutcome]
}

/** Lists must be equal, maps may say less than there is. */
function partsIn(path: string, actual: unknown, wanted: unknown): readonly Part[] {
  const isMap = typeof wanted === 'object' && wanted !== null && !Array.isArray(wanted)
  if (isMap && typeof actual === 'object' && actual !== null) {
    return Object.entries(wanted).flatMap(([name, part]) =>
      partsIn(`${path}.${name}`, (actual as Record<string, unknown>)[name], part)
    )
  }
  return [{ path, wanted, actual, isMet: canonical(actual) === canonical(wanted) }]
}

const say = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? 'absent'))

/** A value as text, whatever the order of its keys. */
function canonical(value: unknown): string | undefined {
  return JSON.stringify(value, (_, part: unknown) => {
    const isMap = typeof part === 'object' && part !== null && !Array.isArray(part)
    return isMap ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => a.localeCompare(b))) : part
  })
}

/** Where in the journal the events are, each after the one before, up to the first that is missing. */
export function followed(
  patterns: readonly EventPattern[],
  journal: readonly WireEntry[]
): readonly (number | undefined)[] {
  const found: (number | undefined)[] = []
  for (const pattern of patterns) {
    const from = (found.at(-1) ?? -1) + 1
    const at = journal.findIndex((entry, i) => i >= from && fits(entry, pattern))
    found.push(at < 0 ? undefined : at)
    if (at < 0) break
  }
  return found
}

/** The first of the events that is missing, with its nearest kin. */
function inOrder(patterns: readonly EventPattern[], journal: readonly WireEntry[]): readonly Failure[] {
  const found = followed(patterns, journal)
  const index = found.length - 1
  const pattern = patterns[index]
  if (pattern === undefined || found[index] !== undefined) return []
  const from = (found[index - 1] ?? -1) + 1
  const earlier = journal.slice(0, from).some((entry) => fits(entry, pattern))
  const when = from === 0 ? '' : ` after ${patternText(patterns[index - 1] ?? '')}`
  const says = `${patternText(pattern)} does not happen${when}${earlier ? ', only before that' : ''}`
  const near = nearestTo(pattern, journal, from)
  const expected = `${patternText(pattern)}${when}`
  const count = journal.filter((entry) => hasType(entry, pattern)).length
  const got = count === 0 ? `no ${eventTypeOf(pattern)} at all` : `none of ${count} ${eventTypeOf(pattern)} fits there`
  return [{ expectation: `expect.events[${index}]`, says, expected, got, ...near }]
}

const fits = (entry: WireEntry, pattern: EventPattern) =>
  hasType(entry, pattern) && differences(entry, pattern).length === 0

function notAtAll(pattern: EventPattern, index: number, journal: readonly WireEntry[]): readonly Failure[] {
  const entry = journal.find((candidate) => fits(candidate, pattern))
  if (entry === undefined) return []
  const says = `${patternText(pattern)} happens, and never should`
  const expected = `never ${patternText(pattern)}`
  return [{ expectation: `expect.never[${index}]`, says, expected, got: 'it happens', ...shown(entry, journal) }]
}

function everyTime(pattern: EventPattern, index: number, journal: readonly WireEntry[]): readonly Failure[] {
  const entry = journal.find((candidate) => hasType(candidate, pattern) && !fits(candidate, pattern))
  const expectation = `expect.always[${index}]`
  if (entry !== undefined) {
    const says = `${eventTypeOf(pattern)} happens without ${patternText(pattern)}`
    const expected = `always ${patternText(pattern)}`
    return [
      {
        expectation,
        says,
        expected,
        got: 'once at least it does not',
        ...shown(entry, journal),
        differs: differences(entry, pattern)
      }
    ]
  }
  const isAny = journal.some((candidate) => hasType(candidate, pattern))
  return isAny ? [] : [{ expectation, says: `${eventTypeOf(pattern)} does not happen, so this is so of nothing` }]
}

/** So many entries that came near are told. */
const NEAR = 3

/** Of the events of the type asked for those with the fewest differences, late ones first. */
function nearestTo(pattern: EventPattern, journal: readonly WireEntry[], from: number): Partial<Failure> {
  const [kin, ...others] = journal
    .map((entry, index) => ({ entry, index }))
    .filter(({ entry }) => hasType(entry, pattern))
    .map(({ entry, index }) => ({ entry, differs: differences(entry, pattern), isLate: index >= from }))
    .toSorted((a, b) => Number(b.isLate) - Number(a.isLate) || a.differs.length - b.differs.length)
    .slice(0, NEAR)
  if (kin === undefined) return {}
  const further = others.map(({ entry }) => shown(entry, journal))
  return { ...shown(kin.entry, journal), differs: kin.differs, ...(further.length === 0 ? {} : { further }) }
}

/** Number of an entry in the narrative of its journal. */
export const orderOf = (entry: WireEntry, journal: readonly WireEntry[]): number =>
  entry.order ?? journal.indexOf(entry) + 1

/** An entry as the narrative tells it, with the number that it has there. */
export function shown(entry: WireEntry, journal: readonly WireEntry[]): Near {
  const order = orderOf(entry, journal)
  return { order, nearest: `#${order} ${oneLine(entry)}` }
}
