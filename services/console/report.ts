import { plainLines } from '../../shared/contracts/plain-text.ts'
import { expectedOutcome, type ExpectedOutcome, type Failure } from '../../shared/scenario/check-expectation.ts'
import { explanationOf } from '../../shared/scenario/explain.ts'
import { plainResult } from '../../shared/scenario/plain-result.ts'
import type { Overrides } from '../../shared/scenario/plan.ts'
import { changedText, failureText, ordersIn, sentenceLines } from '../../shared/scenario/report-text.ts'
import type { Result } from '../../shared/scenario/run-scenario.ts'
import type { Expectation } from '../../shared/scenario/schema-expect.ts'
import type { Verdict } from '../../shared/trace/verdict.ts'
import { verdictSentence, type VerdictSentence } from '../../shared/story/verdict-sentence.ts'
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
  /** What came of it in one sentence, with the entries that it comes from. */
  readonly sentence: VerdictSentence
  readonly outcome: Outcome
  readonly cell: Verdict
  /** What the scenario stands for and the model does not do. */
  readonly unmodelled?: string
  /** What the file expects. These three are absent where it expects nothing, and of a run that was changed. */
  readonly expected?: ExpectedOutcome
  readonly asExpected?: boolean
  readonly failures?: readonly Failure[]
  /** What was changed about the file, and where the run differs from what the file expects without that. */
  readonly changed?: Result['changed']
  readonly narrative: readonly string[]
  /** What was expected, what came of it, and all that could have been. */
  readonly explanation?: readonly string[]
}

/** What of a report is asked for, besides what came of the run. */
export interface Asked {
  readonly setup: Overrides
  readonly story?: StoryName
  readonly explain?: boolean | undefined
}

/** `expect` is what the file expects, if it does. */
export function reportOf(
  result: Result,
  expect: Expectation | undefined,
  { setup, story, explain = false }: Asked
): Report {
  const { title, machine, outcome, cell, unmodelled, failures, changed, journal } = result
  const asExpected = failures.length === 0
  return {
    ...(story === undefined ? {} : { story }),
    title,
    machine,
    setup,
    sentence: verdictSentence(journal, { outcome }),
    outcome,
    cell,
    ...(unmodelled === undefined ? {} : { unmodelled }),
    ...(changed === undefined ? {} : { changed }),
    ...(expect === undefined || changed !== undefined
      ? {}
      : { expected: expectedOutcome(expect), asExpected, failures }),
    narrative: narrate(journal, { also: ordersIn(result), foldsBoots: true }),
    ...(explain ? { explanation: explanationOf(plainResult(result)) } : {})
  }
}

/** A report for people to read; `ends` are the lines that tell the outcome, which is else there as programs have it. */
export function reportText(
  { explanation = [], narrative, ...report }: Report,
  ends: readonly string[] = [JSON.stringify(plainLines(report.outcome), null, 2)]
): string {
  const { title, machine, sentence, unmodelled, failures, changed } = plainLines(report)
  return [
    `${title} (machine ${machine})`,
    ...(unmodelled === undefined ? [] : [`UNMODELLED: ${unmodelled}`]),
    '',
    ...narrative,
    '',
    ...sentenceLines(sentence),
    '',
    ...ends,
    ...verdictOf(failures, changed),
    ...(explanation.length === 0 ? [] : ['', ...explanation]),
    ''
  ].join('\n')
}

function verdictOf(failures: Report['failures'], changed: Report['changed']): readonly string[] {
  if (changed !== undefined) return [changedText(changed), ...changed.differs.map(failureText)]
  if (failures === undefined) return []
  if (failures.length === 0) return ['This is how it must end.']
  return ['THIS IS NOT HOW IT MUST END.', ...failures.map(failureText)]
}
