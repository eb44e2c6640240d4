import { expectedOutcome, type ExpectedOutcome, type Failure } from '../../shared/scenario/check-expectation.ts'
import type { Overrides } from '../../shared/scenario/plan.ts'
import { failureText } from '../../shared/scenario/report-text.ts'
import type { Result } from '../../shared/scenario/run-scenario.ts'
import type { Expectation } from '../../shared/scenario/schema-expect.ts'
import type { Verdict } from '../../shared/scenario/verdict.ts'
import { narrate } from '../../shared/trace/narrate.ts'
import type { Outcome } from '../../shared/trace/outcome.ts'
import type { StoryName } from './stories.ts'

/** What came of a run. */
export interface Report {
  /** Absent when it was a scenario of the caller's. */
  readonly story?: StoryName
  readonly title: string
  readonly machine: string
  /** What was different, of a story also what was not. */
  readonly setup: Overrides
  readonly outcome: Outcome
  readonly cell: Verdict
  /** What the scenario stands for and the model does not do. */
  readonly unmodelled?: string
  /** What the file expects. These three are absent where it expects nothing, and of a story that was changed. */
  readonly expected?: ExpectedOutcome
  readonly asExpected?: boolean
  readonly failures?: readonly Failure[]
  readonly narrative: readonly string[]
}

/** `expect` is what the run is held against. */
export function reportOf(result: Result, expect: Expectation | undefined, setup: Overrides, story?: StoryName): Report {
  const { title, machine, outcome, cell, unmodelled, failures, journal } = result
  const asExpected = failures.length === 0
  return {
    ...(story === undefined ? {} : { story }),
    title,
    machine,
    setup,
    outcome,
    cell,
    ...(unmodelled === undefined ? {} : { unmodelled }),
    ...(expect === undefined ? {} : { expected: expectedOutcome(expect), asExpected, failures }),
    narrative: narrate(journal)
  }
}

/** A report for people to read. */
export function reportText({ title, machine, narrative, outcome, unmodelled, failures }: Report): string {
  return [
    `${title} (machine ${machine})`,
    ...(unmodelled === undefined ? [] : [`UNMODELLED: ${unmodelled}`]),
    '',
    ...narrative,
    '',
    JSON.stringify(outcome, null, 2),
    ...verdictOf(failures),
    ''
  ].join('\n')
}

function verdictOf(failures: Report['failures']): readonly string[] {
  if (failures === undefined) return []
  if (failures.length === 0) return ['This is how it must end.']
  return ['THIS IS NOT HOW IT MUST END.', ...failures.map(failureText)]
}
