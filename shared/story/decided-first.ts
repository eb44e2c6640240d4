import type { WireEntry } from '../trace/entry.ts'
import type { Decisions } from './decisions.ts'

/** An entry of a journal, and where it stands there, from 0. */
export type Placed = readonly [at: number, entry: WireEntry]

/**
 * A journal with each decision in front of what carries it out. Nothing ties the journals of the services there, so that
 * another service may be read as told of a decision before the VMM has it.
 */
export function decidedFirst(journal: readonly WireEntry[], decisions: Decisions): readonly Placed[] {
  const orders = new Map(decisions.all.map(({ answer, order }) => [answer, order]))
  const late = new Set<string>()
  const ordered: Placed[] = []
  let waiting: Placed[] = []
  for (const [at, entry] of journal.entries()) {
    const decision = decisions.carriedOutBy(entry)
    const isEarly = decision !== undefined && (orders.get(decision.answer) ?? 0) > (entry.order ?? at + 1)
    if (isEarly || late.has(entry.cause ?? '')) {
      late.add(entry.id)
      waiting.push([at, entry])
      continue
    }
    ordered.push([at, entry])
    // The VMM's own note of the answer is what a reader sees of it.
    if (entry.type !== 'policy.answered') continue
    ordered.push(...waiting)
    late.clear()
    waiting = []
  }
  return [...ordered, ...waiting]
}
