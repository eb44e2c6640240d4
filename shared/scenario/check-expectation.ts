import type { Outcome } from '../trace/outcome.ts'
import { oneLine } from '../trace/narrate.ts'
import type { WireEntry } from '../trace/entry.ts'
import { verdictOf } from './verdict.ts'
import { differences, eventTypeOf, hasType, patternText } from './match-event.ts'
import type { EventPattern, Expectation } from './schema-expect.ts'

/** An expectation that was not met. */
export interface Failure {
  /** Where it is in the file, e.g. `expect.tasks.redis`. */
  readonly expectation: string
  readonly says: string
  /** For events: the entry that came nearest, as the narrative has it, and where it differs. */
  readonly nearest?: string
  readonly differs?: readonly string[]
}

const OF_TRACE = ['events', 'never', 'always', 'cell'] as const

/** The part of an expectation that is about how everyone ended. */
export type ExpectedOutcome = Omit<Expectation, (typeof OF_TRACE)[number]>

export function expectedOutcome(expect: Expectation): ExpectedOutcome {
  const isOfTrace = (name: string) => (OF_TRACE as readonly string[]).includes(name)
  return Object.fromEntries(Object.entries(expect).filter(([name]) => !isOfTrace(name)))
}

/** Holds a run against what its file expects; nothing expected is nothing broken. */
export function failuresOf(expect: Expectation, outcome: Outcome, journal: readonly WireEntry[]): readonly Failure[] {
  const { events = [], never = [], always = [], cell } = expect
  const reached = verdictOf(outcome)
  return [
    ...(cell === undefined || cell === reached
      ? []
      : [{ expectation: 'expect.cell', says: `is ${reached}, not ${cell}` }]),
    ...Object.entries(expectedOutcome(expect)).flatMap(([name, wanted]) =>
      inOutcome(`expect.${name}`, outcome[name as keyof Outcome], wanted)
    ),
    ...inOrder(events, journal),
    ...never.flatMap((pattern, index) => notAtAll(pattern, index, journal)),
    ...always.flatMap((pattern, index) => everyTime(pattern, index, journal))
  ]
}

/** Lists must be equal, maps may say less than there is. */
function inOutcome(path: string, actual: unknown, wanted: unknown): readonly Failure[] {
  const isMap = typeof wanted === 'object' && wanted !== null && !Array.isArray(wanted)
  if (isMap && typeof actual === 'object' && actual !== null) {
    return Object.entries(wanted).flatMap(([name, part]) =>
      inOutcome(`${path}.${name}`, (actual as Record<string, unknown>)[name], part)
    )
  }
  const [is, not] = [JSON.stringify(actual) ?? 'absent', JSON.stringify(wanted)]
  return is === not ? [] : [{ expectation: path, says: `is ${is}, not ${not}` }]
}

/** The events in their order, each after the one before; the first that is missing fails, with its nearest kin. */
function inOrder(patterns: readonly EventPattern[], journal: readonly WireEntry[]): readonly Failure[] {
  let from = 0
  for (const [index, pattern] of patterns.entries()) {
    const at = journal.findIndex((entry, i) => i >= from && fits(entry, pattern))
    if (at < 0) {
      const earlier = journal.slice(0, from).some((entry) => fits(entry, pattern))
      const when = from === 0 ? '' : ` after ${patternText(patterns[index - 1] ?? '')}`
      const says = `${patternText(pattern)} does not happen${when}${earlier ? ', only before that' : ''}`
      return [{ expectation: `expect.events[${index}]`, says, ...nearestTo(pattern, journal, from) }]
    }
    from = at + 1
  }
  return []
}

const fits = (entry: WireEntry, pattern: EventPattern) =>
  hasType(entry, pattern) && differences(entry, pattern).length === 0

function notAtAll(pattern: EventPattern, index: number, journal: readonly WireEntry[]): readonly Failure[] {
  const entry = journal.find((candidate) => fits(candidate, pattern))
  if (entry === undefined) return []
  const says = `${patternText(pattern)} happens, and never should`
  return [{ expectation: `expect.never[${index}]`, says, nearest: lineOf(entry) }]
}

function everyTime(pattern: EventPattern, index: number, journal: readonly WireEntry[]): readonly Failure[] {
  const entry = journal.find((candidate) => hasType(candidate, pattern) && !fits(candidate, pattern))
  if (entry === undefined) return []
  const says = `${eventTypeOf(pattern)} happens without ${patternText(pattern)}`
  const differs = differences(entry, pattern)
  return [{ expectation: `expect.always[${index}]`, says, nearest: lineOf(entry), differs }]
}

/** Of the events of the type asked for the one with the fewest differences, late ones first. */
function nearestTo(pattern: EventPattern, journal: readonly WireEntry[], from: number): Partial<Failure> {
  const kin = journal
    .map((entry, index) => ({ entry, index }))
    .filter(({ entry }) => hasType(entry, pattern))
    .map(({ entry, index }) => ({ entry, differs: differences(entry, pattern), isLate: index >= from }))
    .toSorted((a, b) => Number(b.isLate) - Number(a.isLate) || a.differs.length - b.differs.length)[0]
  if (kin === undefined) return {}
  return { nearest: lineOf(kin.entry), differs: kin.differs }
}

/** An entry as the narrative tells it, with the number that it has there. */
const lineOf = (entry: WireEntry): string => `#${entry.order ?? entry.seq} ${oneLine(entry)}`
