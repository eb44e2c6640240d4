import type { Failure } from '../shared/scenario/check-expectation.ts'
import type { Overrides } from '../shared/scenario/plan.ts'
import { resultText } from '../shared/scenario/report-text.ts'
import type { Result } from '../shared/scenario/run-scenario.ts'
import { verdictSentence } from '../shared/story/verdict-sentence.ts'
import type { Expectation } from '../shared/scenario/schema-expect.ts'
import type { WireEntry } from '../shared/trace/entry.ts'
import type { Outcome } from '../shared/trace/outcome.ts'
import type { Verdict } from '../shared/trace/verdict.ts'
import type { PolicyChoice } from './policy.ts'

/** What a run changes about its scenario. */
export interface Changes extends Omit<Overrides, 'policy'> {
  /** Who decides for every VM. */
  readonly policy?: PolicyChoice
}

/** What came of a scenario. */
export interface Run {
  readonly title: string
  /** Name of the machine that it ran on. */
  readonly machine: string
  readonly outcome: Outcome
  /** The outcome in two words, as a matrix has it. */
  readonly verdict: Verdict
  /** The outcome in a sentence. */
  readonly sentence: string
  /** The file expects something, and all of it is so; whatever the run changed about the file. */
  readonly asExpected: boolean
  /** Where the run is not what the file expects. */
  readonly failures: readonly Failure[]
  /** What the run changed about its file, in words. */
  readonly changed: readonly string[]
  /** Everything that happened, cause before effect; addresses are `"0x…"`, bytes base64. */
  readonly journal: readonly WireEntry[]
  /** What the file expects. */
  readonly expected: Expectation | undefined
  /** What the scenario stands for and the model does not do. */
  readonly unmodelled: string | undefined
  /** All of it as a text for people, the story first. */
  text(): string
}

/** The name that a run gives to a policy without one. */
export const OWN_POLICY = 'a function'

/** A result as users of the package see it. `shown` is put in place of the address by which a function is asked. */
export function runOf(result: Result, address?: string): Run {
  const { title, machine, outcome, cell, expected, journal, unmodelled } = result
  const what = result.changed?.what.map((text) => (address === undefined ? text : text.replace(address, OWN_POLICY)))
  const failures = expected === undefined ? result.failures : [...result.failures, ...(result.changed?.differs ?? [])]
  const told: Result = what === undefined ? result : { ...result, changed: { what, differs: failures } }
  return {
    title,
    machine,
    outcome,
    verdict: cell,
    sentence: verdictSentence(journal, { outcome }).text,
    asExpected: expected !== undefined && failures.length === 0,
    failures,
    changed: what ?? [],
    journal,
    expected,
    unmodelled,
    text: () => resultText(told)
  }
}
