import { LAYERS } from '../../shared/contracts/layer.ts'
import { narrate } from '../../shared/trace/narrate.ts'
import type { Result } from '../../shared/scenario/run-scenario.ts'

const ALIAS = new Map<string, string>([...LAYERS, 'outside', 'timer'].map((name) => [name, name.replaceAll('-', '')]))

/** A run as a Mermaid sequence diagram: a message is an arrow, what happens within a layer a note over it. */
export function mermaidOf({ title, journal }: Result): string {
  const shown = journal.flatMap((entry) => {
    const [line] = narrate([entry])
    return line === undefined ? [] : [{ entry, text: clean(line) }]
  })
  const parties = new Set(
    shown.flatMap(({ entry }) => (entry.kind === 'note' ? [entry.layer] : [entry.from, entry.to]))
  )
  const participants = ['outside', 'timer', ...LAYERS].filter((name) => parties.has(name as never))
  return [
    '---',
    `title: ${JSON.stringify(title)}`,
    '---',
    'sequenceDiagram',
    ...participants.map((name) => `  participant ${ALIAS.get(name)} as ${name}`),
    ...shown.map(({ entry, text }) =>
      entry.kind === 'note'
        ? `  Note over ${ALIAS.get(entry.layer)}: ${text}`
        : `  ${ALIAS.get(entry.from)}->>${ALIAS.get(entry.to)}: ${text}`
    )
  ].join('\n')
}

const LONGEST = 140

/** Without the line's number and parties, its hex dumps, and what Mermaid would take for its own. */
function clean(line: string): string {
  const text = (line.split('\n')[0] ?? '').slice(6).replace(/^\S+( -> \S+)? +/, '')
  const short = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text
  return short.replaceAll(';', ',').replaceAll('#', '&num,')
}
