import { AssertionError } from 'node:assert'
import { partsOf, type Failure } from '../shared/scenario/check-expectation.ts'
import { failureText } from '../shared/scenario/report-text.ts'
import type { Expectation } from '../shared/scenario/schema-expect.ts'
import { verdictSentence } from '../shared/story/verdict-sentence.ts'
import type { WireEntry } from '../shared/trace/entry.ts'
import { outcomeOf } from '../shared/trace/outcome.ts'
import { verdictOf } from '../shared/trace/verdict.ts'

/**
 * The error of an expectation that is not met, as test runners show it: in the message each part that differs, with the
 * nearest event where an event is missing, and what came of it in a sentence; `expected` and `actual` for their diff.
 */
export function notAsExpected(
  failures: readonly Failure[],
  expected: Expectation | undefined,
  journal: readonly WireEntry[]
): AssertionError {
  const outcome = outcomeOf(journal)
  const { text } = verdictSentence(journal, { outcome })
  const message = ['not as expected:', ...failures.map(failureText), `what happened: ${text}`].join('\n')
  const unmet =
    expected === undefined ? [] : partsOf(expected, outcome, verdictOf(outcome)).filter(({ isMet }) => !isMet)
  const by = (value: 'wanted' | 'actual') =>
    unmet.length === 0 ? {} : Object.fromEntries(unmet.map((part) => [part.path.replace(/^expect\./, ''), part[value]]))
  return new AssertionError({ message, expected: by('wanted'), actual: by('actual'), operator: 'expect' })
}
