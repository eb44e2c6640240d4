import { MODELS } from '../../services/layers.ts'
import { createBus, type BusOptions } from '../machine-room/in-process.ts'
import { entryLine } from '../trace/entry.ts'
import { outcomeOf, type Outcome } from '../trace/outcome.ts'
import { systemOfBus, type System, type WireEntry } from '../machine-room/system.ts'
import { cellOf, type Cell } from './verdict.ts'
import { failuresOf, type Failure } from './check-expectation.ts'
import { StepError } from './places.ts'
import { planOf, type Overrides } from './plan.ts'
import type { ScenarioFile } from './schema.ts'
import { orStepError } from './refused.ts'
import { setUp } from './set-up.ts'
import { takeStep } from './take-step.ts'

/** What came of a run. */
export interface Result {
  readonly title: string
  readonly machine: string
  readonly unmodelled: string | undefined
  readonly outcome: Outcome
  readonly cell: Cell
  readonly failures: readonly Failure[]
  readonly journal: readonly WireEntry[]
  /** Why not all steps were done, when that was allowed. */
  readonly stopped?: string
}

/** Runs a scenario on whatever system it is given, on a machine of its own. Throws StepError, or what a layer refused. */
export async function runScenario(
  system: System,
  file: ScenarioFile,
  machine: string,
  overrides: Overrides = {}
): Promise<Result> {
  const plan = planOf(file, overrides)
  const stage = await orStepError('setting up', setUp(system, machine, plan))
  for (const [index, step] of file.steps.entries()) await orStepError(`steps[${index}]`, takeStep(stage, step))
  return resultOf(file, machine, await system.journal(machine))
}

function resultOf(file: ScenarioFile, machine: string, journal: readonly WireEntry[]): Result {
  const outcome = outcomeOf(journal)
  return {
    title: file.title,
    machine,
    unmodelled: file.unmodelled,
    outcome,
    cell: cellOf(outcome),
    failures: failuresOf(file.expect ?? {}, outcome, journal),
    journal
  }
}

const MACHINE = 'm0'

/** All layers on a bus of their own. A run reads its journal several times; each entry becomes JSON once. */
function freshSystem(options: BusOptions): System {
  const bus = createBus(MODELS, { machines: [], ...options })
  const told: WireEntry[] = []
  return {
    ...systemOfBus(bus),
    async journal() {
      for (const entry of bus.journal().slice(told.length)) told.push(JSON.parse(entryLine(entry)) as WireEntry)
      return [...told]
    }
  }
}

/**
 * Runs a scenario under another VMM or policy than it was written for: a step that has become impossible ends the run,
 * and what came of it until then is its outcome.
 */
export async function runAsFarAsItGoes(
  file: ScenarioFile,
  overrides: Overrides,
  options: BusOptions = {}
): Promise<Result> {
  const system = freshSystem(options)
  const stage = await setUp(system, MACHINE, planOf(file, overrides))
  let stopped: string | undefined
  for (const step of file.steps) {
    try {
      await orStepError('a step', takeStep(stage, step))
    } catch (problem) {
      if (!(problem instanceof StepError)) throw problem
      stopped = problem.message
      break
    }
  }
  const result = resultOf(file, MACHINE, await system.journal(MACHINE))
  return stopped === undefined ? result : { ...result, stopped }
}

/** Runs a scenario in this process, under virtual time. */
export function runInProcess(file: ScenarioFile, overrides: Overrides = {}, options: BusOptions = {}): Promise<Result> {
  return runScenario(freshSystem(options), file, MACHINE, overrides)
}
