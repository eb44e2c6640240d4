import type { WireEntry } from '../trace/entry.ts'
import { hopsOf, type Hop } from './hops.ts'
import { words, type Phrase } from './phrase.ts'
import type { States } from './states.ts'

/** What has happened last in a run that is not over and in which nobody has ended. */
export function soFar(journal: readonly WireEntry[], states: States): Phrase {
  const last = hopsOf(journal, states).reduce<Hop | undefined>(
    (latest, hop) => (latest === undefined || lastOf(hop).order > lastOf(latest).order ? hop : latest),
    undefined
  )
  if (last === undefined) return words('nothing has happened yet')
  const { mark, by, whom, party } = last
  const told = { text: whom, role: 'told', ...(party === undefined ? {} : { party }), entry: lastOf(last) } as const
  const cause = { text: by, role: 'cause', entry: lastOf(last) } as const
  if (mark === 'policy') return [{ text: 'the policy has chosen ' }, cause]
  return [told, { text: mark === 'call' ? ' has met ' : ' has been told by ' }, cause]
}

const lastOf = ({ entries, order, id }: Hop) => entries.at(-1) ?? { order, id }
