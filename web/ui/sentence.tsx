import type { Part, Phrase } from '../../shared/story/phrase.ts'
import { begun } from '../../shared/rows/saying.ts'
import type { OpenRun } from '../state/open-run.ts'
import { EntryLink } from './entry-link.tsx'

/** What became of a run, each part leading to the entry that says so. */
export function Sentence({ run, clauses }: { readonly run: OpenRun; readonly clauses: readonly Phrase[] }) {
  return (
    <>
      {clauses.map((clause, index) => (
        <span key={index} class={isQuiet(clause) ? undefined : 'strong'}>
          {clause.map((part, nth) => (
            <SentencePart
              key={nth}
              run={run}
              part={index === 0 && nth === 0 ? { ...part, text: begun(part.text) } : part}
            />
          ))}
          {index < clauses.length - 1 ? '; ' : '.'}
        </span>
      ))}
    </>
  )
}

/** Who only goes on is said in a lower voice. */
const isQuiet = (clause: Phrase) =>
  clause.some(({ role }) => role === 'survivor') && !clause.some(({ role }) => role === 'victim')

function SentencePart({ run, part }: { readonly run: OpenRun; readonly part: Part }) {
  const { text, role, entry } = part
  const says = role === 'victim' || role === 'cause' || role === 'told' ? <b>{text}</b> : text
  return entry === undefined ? (
    <>{says}</>
  ) : (
    <EntryLink kind="said" run={run} place={entry.order}>
      {says}
    </EntryLink>
  )
}
