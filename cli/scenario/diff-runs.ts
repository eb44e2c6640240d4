import { compareRuns, type Comparison } from '../../shared/story/compare.ts'
import type { WireEntry } from '../../shared/trace/entry.ts'
import type { Outcome } from '../../shared/trace/outcome.ts'

/** One of two runs that are compared. */
export interface Side {
  readonly name: string
  readonly journal: readonly WireEntry[]
  readonly outcome: Outcome
}

/** Two runs held against each other, once, for whatever writes it. */
export interface Diff {
  readonly left: Side
  readonly right: Side
  readonly comparison: Comparison
  /** Field of the outcome, left value, right value, where these differ. */
  readonly outcomes: readonly (readonly [string, unknown, unknown])[]
  /** Whether nothing differs that counts; names and addresses that somebody merely chose do not. */
  readonly isSame: boolean
}

export function diffOf(left: Side, right: Side): Diff {
  const comparison = compareRuns(left.journal, right.journal)
  const outcomes = outcomesThatDiffer(left.outcome, right.outcome)
  return { left, right, comparison, outcomes, isSame: comparison.first === undefined && outcomes.length === 0 }
}

function outcomesThatDiffer(left: Outcome, right: Outcome): Diff['outcomes'] {
  return (Object.keys(left) as (keyof Outcome)[]).flatMap((field) =>
    JSON.stringify(left[field]) === JSON.stringify(right[field]) ? [] : [[field, left[field], right[field]] as const]
  )
}
