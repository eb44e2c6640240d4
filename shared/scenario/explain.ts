import type { WireEntry } from '../trace/entry.ts'
import { narrate } from '../trace/narrate.ts'
import { failuresOf, followed, partsOf, shown, unsaid } from './check-expectation.ts'
import { EVENTS } from './event-types.ts'
import { differences, eventTypeOf, hasType, patternText } from './match-event.ts'
import type { Result } from './run-scenario.ts'
import type { EventPattern, Expectation } from './schema-expect.ts'

/**
 * Every expectation with what came of it and what happened between, and then all that can be expected of the run, in the
 * form of a file.
 */
export function explanationOf(result: Result): readonly string[] {
  const { expected, outcome, journal } = result
  const told = expected === undefined ? ['nothing is expected'] : expectations(expected, result)
  // What a changed run differs in is told already.
  const failed = expected === undefined ? 0 : failuresOf(expected, outcome, journal).length
  return [`EXPLAINED: ${failed} not as expected (!)`, ...told, '', 'WHAT CAN BE EXPECTED OF IT', ...expectable(result)]
}

const json = (value: unknown) => JSON.stringify(value) ?? 'absent'

function expectations(expected: Expectation, { outcome, cell, journal }: Result): readonly string[] {
  const { events = [], never = [], always = [] } = expected
  const parts = partsOf(expected, outcome, cell).map(({ path, wanted, actual, isMet }) => {
    return `${isMet ? ' ' : '!'} ${path}: expected ${json(wanted)}, got ${json(actual)}`
  })
  return [
    ...parts,
    ...eventLines(events, journal),
    ...never.map((pattern, index) => neverLine(pattern, index, journal)),
    ...always.map((pattern, index) => alwaysLine(pattern, index, journal)),
    ...unsaid(expected, outcome, journal).map(({ expectation, says }) => `! ${expectation}: ${says}`)
  ]
}

/** The expected events, and between two of them what happened in the story. */
function eventLines(events: readonly EventPattern[], journal: readonly WireEntry[]): readonly string[] {
  let from = 0
  return followed(events, journal).flatMap((at, index) => {
    const pattern = events[index] ?? ''
    const what = `expect.events[${index}]: expected ${patternText(pattern)}`
    const until = at ?? journal.length
    const between = linesBetween(journal, from, until)
    if (at === undefined) return [`! ${what}`, ...between, '      it does not come']
    from = at + 1
    const entry = journal[at]
    return [`  ${what}`, ...between, `      got ${entry === undefined ? '' : shown(entry, journal).nearest}`]
  })
}

/** What a part of the journal tells, with the numbers that it has in the whole. */
function linesBetween(journal: readonly WireEntry[], from: number, until: number): readonly string[] {
  const part = journal.slice(from, until).map((entry, index) => ({ ...entry, order: entry.order ?? from + index + 1 }))
  const lines = narrate(part).map((line) => `      ${line.split('\n')[0]}`)
  const left = part.length - lines.length
  return left === 0 ? lines : [...lines, `      and ${left} in detail`]
}

const kinOf = (pattern: EventPattern, journal: readonly WireEntry[]) =>
  journal.filter((entry) => hasType(entry, pattern))

function neverLine(pattern: EventPattern, index: number, journal: readonly WireEntry[]): string {
  const kin = kinOf(pattern, journal)
  const found = kin.find((entry) => differences(entry, pattern).length === 0)
  const what = `expect.never[${index}]: expected never ${patternText(pattern)}`
  if (found !== undefined) return `! ${what}\n      got ${shown(found, journal).nearest}`
  return `  ${what}, got none of ${kin.length} ${eventTypeOf(pattern)}`
}

function alwaysLine(pattern: EventPattern, index: number, journal: readonly WireEntry[]): string {
  const kin = kinOf(pattern, journal)
  const so = kin.filter((entry) => differences(entry, pattern).length === 0)
  const isMet = kin.length > 0 && so.length === kin.length
  return `${isMet ? ' ' : '!'} expect.always[${index}]: expected always ${patternText(pattern)}, got it ${so.length} times of ${kin.length}`
}

const TYPES: ReadonlySet<string> = new Set(EVENTS.map(({ type }) => type))

/** The whole outcome and every event, as `expect` of a file would have them. */
export function expectable({
  outcome,
  cell,
  journal
}: Pick<Result, 'outcome' | 'cell' | 'journal'>): readonly string[] {
  const parts = Object.entries({ cell, ...outcome }).filter(([, value]) => !isEmpty(value))
  const events = journal.flatMap((entry, index) => {
    const { kind, type, layer, to, from, data } = entry
    if (!TYPES.has(type) || kind === 'answer' || kind === 'gap' || from === 'timer') return []
    const name = kind === 'refusal' ? `refused:${type}` : type
    return [`    - ${json(`${name}@${kind === 'note' ? layer : to}`)}: ${json(data)} # ${entry.order ?? index + 1}`]
  })
  return ['expect:', ...parts.map(([name, value]) => `  ${name}: ${json(value)}`), '  events:', ...events]
}

/** A map of nobody expects nothing. */
const isEmpty = (value: unknown) =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0
