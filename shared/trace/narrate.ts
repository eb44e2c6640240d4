import { plainLine } from '../contracts/plain-text.ts'
import { quietBoots } from './boot-lines.ts'
import type { WireEntry } from './entry.ts'
import { sentenceOf, toldOf, type Told } from './told.ts'

/** How much of a journal is told: what belongs to the story, or all of it. What is loud is always told. */
export interface Telling {
  readonly detail?: boolean
  /** Entries that are told in any case, by their position in the journal: those that something else speaks of. */
  readonly also?: ReadonlySet<number>
  /** The log of a boot at which nothing is out of order is one line that says so. */
  readonly foldsBoots?: boolean
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
  const folded = new Map<WireEntry, string | undefined>()
  for (const { entries, says } of telling.foldsBoots === true ? quietBoots(journal) : []) {
    for (const [index, entry] of entries.entries()) folded.set(entry, index === 0 ? says : undefined)
  }
  return tell(journal, telling).flatMap(({ order, lane, text, entry }) => {
    const isFolded = folded.has(entry) && telling.also?.has(order) !== true
    const says = isFolded ? folded.get(entry) : text
    return says === undefined ? [] : [`${String(order).padStart(4)}  ${parties(lane).padEnd(26)} ${says}`]
  })
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
