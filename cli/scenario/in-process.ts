import { MODELS } from '../../services/layers.ts'
import { MachineRoom } from '../../shared/machine-room/in-process.ts'
import type { RoomOptions } from '../../shared/machine-room/room-options.ts'
import { systemOfRoom, type System } from '../../shared/machine-room/system.ts'
import { StepError } from '../../shared/scenario/places.ts'
import { planOf, type Overrides } from '../../shared/scenario/plan.ts'
import { orStepError } from '../../shared/scenario/refused.ts'
import { resultOf, runScenario, type Result } from '../../shared/scenario/run-scenario.ts'
import type { ScenarioFile } from '../../shared/scenario/schema.ts'
import { setUp } from '../../shared/scenario/set-up.ts'
import { takeStep } from '../../shared/scenario/take-step.ts'
import { entryLine, type WireEntry } from '../../shared/trace/entry.ts'

const MACHINE = 'm0'

/** All layers on a bus of their own. A run reads its journal several times; each entry becomes JSON once. */
function freshSystem(options: RoomOptions): System {
  const bus = new MachineRoom(MODELS, { machines: [], ...options })
  const told: WireEntry[] = []
  return {
    ...systemOfRoom(bus),
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
  options: RoomOptions = {}
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
export function runInProcess(
  file: ScenarioFile,
  overrides: Overrides = {},
  options: RoomOptions = {}
): Promise<Result> {
  return runScenario(freshSystem(options), file, MACHINE, overrides)
}
