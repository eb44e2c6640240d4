import { plainLine } from '../contracts/plain-text.ts'
import type { WireEntry } from './entry.ts'
import { sentenceOf, toldOf, type Told } from './told.ts'

/** How much of a journal is told: what belongs to the story, or all of it. What is loud is always told. */
export interface Telling {
  readonly detail?: boolean
  /** Entries that are told in any case, by their position in the journal: those that something else speaks of. */
  readonly also?: ReadonlySet<number>
}

/** An entry as a person is told it. */
export interface Line extends Told {
  /** Position in the journal, from 1. */
  readonly order: number
  readonly entry: WireEntry
  /** Without its number and parties; what follows a line feed is a hex dump. */
  readonly text: string
}

/** What is told of a journal, in the order given. */
export function tell(journal: readonly WireEntry[], { detail = false, also }: Telling = {}): readonly Line[] {
  return journal.flatMap((entry, index) => {
    const told = toldOf(entry)
    const order = entry.order ?? index + 1
    if (!detail && told.level === 'detail' && told.loud === undefined && also?.has(order) !== true) return []
    return [{ ...told, order, entry, text: textOf(entry, told) }]
  })
}

/** One line an entry: its position in the journal, its parties, what it says. */
export function narrate(journal: readonly WireEntry[], telling: Telling = {}): string[] {
  return tell(journal, telling).map(
    ({ order, lane, text }) => `${String(order).padStart(4)}  ${parties(lane).padEnd(26)} ${text}`
  )
}

/** An entry in one line, whatever its level: its parties and what it says, without hex dumps. */
export function oneLine(entry: WireEntry): string {
  const told = toldOf(entry)
  return `${parties(told.lane).padEnd(26)} ${textOf(entry, told).split('\n')[0] ?? ''}`
}

const parties = ({ from, to }: Told['lane']): string => plainLine(from === to ? to : `${from} -> ${to}`)

/** A refusal says so itself. */
function textOf(entry: WireEntry, { loud }: Told): string {
  const text = sentenceOf(entry)
  return loud === undefined || entry.kind === 'refusal' ? text : `${loud.toUpperCase()}: ${text}`
}
