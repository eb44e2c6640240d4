import { LANES, type Lane } from '../contracts/lane.ts'
import { plainLine } from '../contracts/plain-text.ts'
import type { WireEntry } from './entry.ts'
import { tell, type Line } from './narrate.ts'

const ALIAS = new Map<Lane, string>(LANES.map((lane) => [lane, lane.replaceAll('-', '')]))

/** A run as a Mermaid sequence diagram: a message is an arrow, what happens within a lane a note over it. */
export function mermaidOf({
  title,
  journal
}: {
  readonly title: string
  readonly journal: readonly WireEntry[]
}): string {
  const lines = tell(journal)
  const drawn = new Set(lines.flatMap(({ lane }) => [lane.from, lane.to]))
  return [
    '---',
    `title: ${JSON.stringify(plainLine(title))}`,
    '---',
    'sequenceDiagram',
    ...LANES.filter((lane) => drawn.has(lane)).map((lane) => `  participant ${ALIAS.get(lane)} as ${lane}`),
    ...lines.map(drawing)
  ].join('\n')
}

function drawing({ entry, lane: { from, to }, text }: Line): string {
  const isWithin = from === to || (entry.kind === 'note' && from !== 'host-kernel')
  return isWithin
    ? `  Note over ${ALIAS.get(to)}: ${clean(text)}`
    : `  ${ALIAS.get(from)}->>${ALIAS.get(to)}: ${clean(text)}`
}

const LONGEST = 140

/** Without hex dumps, and what Mermaid would take for its own. */
function clean(line: string): string {
  const text = line.split('\n')[0] ?? ''
  const short = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text
  return short.replaceAll(';', ',').replaceAll('#', '&num,').replaceAll('%%', '% %')
}
