import { ProblemError } from '../contracts/problem.ts'
import type { WireEntry } from '../trace/entry.ts'
import { incomplete } from '../trace/gaps.ts'
import { outcomeOf, type Outcome } from '../trace/outcome.ts'
import type { System } from '../machine-room/system.ts'
import { changesOf } from './changes.ts'
import { verdictOf, type Verdict } from '../trace/verdict.ts'
import { failuresOf, type Failure } from './check-expectation.ts'
import { StepError } from './places.ts'
import { planOf, type Overrides, type Plan } from './plan.ts'
import type { Expectation } from './schema-expect.ts'
import type { ScenarioFile } from './schema.ts'
import { orStepError } from './refused.ts'
import { runOut } from './run-out.ts'
import { setUp } from './set-up.ts'
import { takeStep } from './take-step.ts'

/** What came of a run. */
export interface Result {
  readonly title: string
  readonly machine: string
  readonly unmodelled: string | undefined
  readonly outcome: Outcome
  readonly cell: Verdict
  /** What the file expects; without it there is nothing that a run could be as. */
  readonly expected: Expectation | undefined
  /** Where it is not what the file expects; nothing where the run changed the file, which expects nothing of that. */
  readonly failures: readonly Failure[]
  /** What the run changed about the file, and how it differs from what the file expects of itself. */
  readonly changed?: { readonly what: readonly string[]; readonly differs: readonly Failure[] }
  readonly journal: readonly WireEntry[]
  /** Why not all steps were done, when that was allowed. */
  readonly stopped?: string
}

/**
 * Runs a scenario on whatever system it is given, on a machine of its own. Throws StepError, what a layer refused, or
 * ProblemError of `journal-incomplete`.
 */
export async function runScenario(
  system: System,
  file: ScenarioFile,
  machine: string,
  overrides: Overrides = {}
): Promise<Result> {
  const plan = planOf(file, overrides)
  return resultOf(file, overrides, machine, whole(await takeSteps(system, plan, machine)))
}

/**
 * Runs a scenario under another VMM or policy than it was written for: a step that has become impossible ends the run,
 * and what came of it until then is its outcome.
 */
export async function runAsFarAsItGoes(
  system: System,
  file: ScenarioFile,
  machine: string,
  overrides: Overrides
): Promise<Result> {
  let stopped: string | undefined
  const plan = planOf(file, overrides)
  const journal = await takeSteps(system, plan, machine, ({ message }) => (stopped = message))
  const result = resultOf(file, overrides, machine, whole(journal))
  return stopped === undefined ? result : { ...result, stopped }
}

/** Throws ProblemError when a part of it is not kept any more: a verdict would be about something else. */
function whole(journal: readonly WireEntry[]): readonly WireEntry[] {
  const why = incomplete(journal)
  if (why !== undefined) throw new ProblemError(why.code, why.detail)
  return journal
}

/**
 * Sets the machine up and takes step after step; one that cannot be done ends the run, or throws where nobody asks. Then
 * time goes on for what repeats itself. Gives the journal then.
 */
async function takeSteps(system: System, plan: Plan, machine: string, impossible?: (step: StepError) => void) {
  const stage = await orStepError('setting up', setUp(system, machine, plan))
  for (const [index, step] of plan.file.steps.entries()) {
    try {
      await orStepError(`steps[${index}]`, takeStep(stage, step))
    } catch (problem) {
      if (impossible === undefined || !(problem instanceof StepError)) throw problem
      impossible(problem)
      break
    }
  }
  return runOut(system, machine)
}

function resultOf(file: ScenarioFile, overrides: Overrides, machine: string, journal: readonly WireEntry[]): Result {
  const outcome = outcomeOf(journal)
  const failures = failuresOf(file.expect, outcome, journal)
  const what = changesOf(file, overrides)
  return {
    title: file.title,
    machine,
    unmodelled: file.unmodelled,
    outcome,
    cell: verdictOf(outcome),
    expected: file.expect,
    failures: what.length === 0 || file.expect === undefined ? failures : [],
    ...(what.length === 0 ? {} : { changed: { what, differs: file.expect === undefined ? [] : failures } }),
    journal
  }
}
