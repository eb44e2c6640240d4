import { MODELS } from '../../services/layers.ts'
import { MachineRoom } from '../../shared/machine-room/in-process.ts'
import { machineOfRun } from '../../shared/machine-room/machine-of-run.ts'
import type { RoomOptions } from '../../shared/machine-room/room-options.ts'
import { systemOfRoom, type System } from '../../shared/machine-room/system.ts'
import type { Overrides } from '../../shared/scenario/plan.ts'
import * as engine from '../../shared/scenario/run-scenario.ts'
import type { ScenarioFile } from '../../shared/scenario/schema.ts'

/** All layers in a room of their own. */
const freshSystem = (options: RoomOptions): System =>
  systemOfRoom(new MachineRoom(MODELS, { machines: [], ...options }))

/** Runs a scenario in this process, under virtual time, until a step is impossible. */
export function runAsFarAsItGoes(
  file: ScenarioFile,
  overrides: Overrides,
  options: RoomOptions = {}
): Promise<engine.Result> {
  return engine.runAsFarAsItGoes(freshSystem(options), file, machineOfRun(overrides.policy), overrides)
}

/** Runs a scenario in this process, under virtual time. */
export function runInProcess(
  file: ScenarioFile,
  overrides: Overrides = {},
  options: RoomOptions = {}
): Promise<engine.Result> {
  return engine.runScenario(freshSystem(options), file, machineOfRun(overrides.policy), overrides)
}
