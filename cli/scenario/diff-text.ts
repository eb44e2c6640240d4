import { joined } from '../../shared/contracts/plain-text.ts'
import type { DecisionPair, Row } from '../../shared/story/compare.ts'
import type { Decision } from '../../shared/story/decisions.ts'
import { oneLine } from '../../shared/trace/narrate.ts'
import type { Diff, Side } from './diff-runs.ts'

const say = (value: unknown) => (value === undefined ? 'nothing' : JSON.stringify(value))

/** Two runs compared, for people: how each ends, where they part, and which decision made the difference. */
export function diffText({ left, right, comparison, outcomes, isSame }: Diff): string {
  const { rows, first, decisions, decisive } = comparison
  if (isSame) return `no difference that counts in ${rows.length} events of the story`
  const sides = [left, right] as const
  const ends = [comparison.left.text, comparison.right.text]
  const pair = decisive === undefined ? undefined : decisions[decisive]
  return joined([
    ...sides.map(({ name }, index) => `${name}: ${ends[index]}`),
    ...(first === undefined ? [] : partingLines(sides, rows[first])),
    ...(pair === undefined ? [] : decisionLines(sides, pair)),
    outcomes.length === 0 ? 'and yet they end alike' : 'how they end',
    ...outcomes.map(([field, a, b]) => `  ${field}: ${left.name} ${say(a)}, ${right.name} ${say(b)}`)
  ])
}

function partingLines([left, right]: readonly [Side, Side], row: Row | undefined): readonly string[] {
  if (row === undefined) return []
  const differences = row.differences.filter(({ counts }) => counts)
  return [
    'they part at',
    `  ${left.name}: ${eventLine(left, row.left)}`,
    `  ${right.name}: ${eventLine(right, row.right)}`,
    ...differences.map(
      ({ path, left: a, right: b }) => `    ${path}: ${left.name} has ${say(a)}, ${right.name} has ${say(b)}`
    )
  ]
}

function eventLine({ journal }: Side, ref: Row['left']): string {
  const entry = ref === undefined ? undefined : journal.find((one, at) => (one.order ?? at + 1) === ref.order)
  return ref === undefined || entry === undefined ? 'nothing of the kind' : `#${ref.order} ${oneLine(entry)}`
}

function decisionLines([left, right]: readonly [Side, Side], { left: a, right: b }: DecisionPair): readonly string[] {
  const about = (a ?? b)?.signal ?? 'an exit'
  return [
    `the decision that made their ends differ, about ${about}`,
    `  ${left.name}: ${decisionText(a)}`,
    `  ${right.name}: ${decisionText(b)}`
  ]
}

const decisionText = (decision: Decision | undefined) =>
  decision === undefined ? 'nobody was asked' : `#${decision.order} ${decision.action}, because ${decision.because}`
