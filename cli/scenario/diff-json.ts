import { refOf } from '../../shared/story/entry-ref.ts'
import type { Decision } from '../../shared/story/decisions.ts'
import type { WireEntry } from '../../shared/trace/entry.ts'
import { sentenceOf, toldOf } from '../../shared/trace/told.ts'
import type { Diff, Side } from './diff-runs.ts'

/** Two runs side by side, for programs: what the text says, and both stories aligned row by row. */
export function diffJson({ left, right, comparison, outcomes, isSame }: Diff): string {
  const { rows, first, decisions, decisive, ...sentences } = comparison
  const [lefts, rights] = [linesOf(left.journal), linesOf(right.journal)]
  const side = ({ name, outcome }: Side, { verdict, text }: (typeof sentences)['left']) => ({
    name,
    verdict,
    sentence: text,
    outcome
  })
  const told = {
    left: side(left, sentences.left),
    right: side(right, sentences.right),
    isSame,
    outcomes: outcomes.map(([field, a, b]) => ({ field, left: a, right: b })),
    first,
    decisive,
    decisions: decisions.map((pair) => ({ ...pair, left: decisionOf(pair.left), right: decisionOf(pair.right) })),
    rows: rows.map(({ left: l, right: r, ...row }) => ({
      left: l && lefts.get(l.order),
      right: r && rights.get(r.order),
      ...row
    }))
  }
  return JSON.stringify(told, null, 2)
}

/** Without the entry, which the journal has. */
function decisionOf(decision: Decision | undefined) {
  if (decision === undefined) return undefined
  const { order, id, action, because, isFallback, signal, vm } = decision
  return { order, id, action, because, isFallback, signal, vm }
}

/** What is told of each entry of a journal, by its place from 1. */
function linesOf(journal: readonly WireEntry[]) {
  return new Map(
    journal.map((entry, at) => {
      const { order, id } = refOf(entry, at)
      const [says = ''] = sentenceOf(entry).split('\n', 1)
      return [order, { order, id, kind: entry.kind, type: entry.type, lane: toldOf(entry).lane, says }] as const
    })
  )
}
