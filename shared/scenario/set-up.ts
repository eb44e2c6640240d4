import { hostBoot, processCreate, sysctlSet, SYSCTLS } from '../contracts/host-kernel.ts'
import { memoryMap, routingSet } from '../contracts/hardware.ts'
import { firmwareProfile, notificationChoose } from '../contracts/firmware.ts'
import { taskCreate } from '../contracts/guest.ts'
import { ProblemError, type ProblemCode } from '../contracts/problem.ts'
import { vmCreate } from '../contracts/vmm.ts'
import type { System } from '../machine-room/system.ts'
import { StepError, type Stage } from './places.ts'
import type { Plan, PlannedProcess } from './plan.ts'
import type { StepFile } from './schema-step.ts'

const DEFAULT_BOOT = { linux: '6.1' }
const KERNEL_FIRST = { scrEl3Ea: false, hcrEl2Tea: true, hcrEl2Amo: true }

/** Brings a machine into the state in which a scenario's steps begin. */
export async function setUp(system: System, machine: string, plan: Plan): Promise<Stage> {
  const stage: Stage = { system, machine, plan, frames: new Map() }
  await system.createMachine(machine)
  try {
    await furnish(stage)
  } catch (error) {
    // What cannot be done may follow from what one layer has refused another: then that is what is told.
    await nothingRefused(stage).catch((refused: unknown) => {
      if (refused instanceof StepError) throw refused
    })
    throw error
  }
  await nothingRefused(stage)
  return stage
}

/** All that is done to a new machine. */
async function furnish(stage: Stage): Promise<void> {
  const { system, machine, plan } = stage
  const { firmware, memory, notify, routing, sysctl = {} } = plan.file.machine ?? {}
  if (memory !== undefined) await system.tell(machine, memoryMap, { ranges: plan.boot.memory ?? [] })
  if (JSON.stringify(plan.boot.linux) !== JSON.stringify(DEFAULT_BOOT.linux) || Object.keys(plan.boot).length > 1) {
    await system.tell(machine, hostBoot, plan.boot)
    // Its kernel looks at every source while it boots: what happens before it is through is another story.
    await system.settle(machine)
  }
  if (routing === 'kernel-first') await system.tell(machine, routingSet, KERNEL_FIRST)
  if (firmware !== undefined) await system.tell(machine, firmwareProfile, { profile: firmware })
  if (notify !== undefined) await system.tell(machine, notificationChoose, notify)
  await setSysctls(system, machine, sysctl)
  for (const process of plan.processes) await createProcess(stage, process)
  for (const vm of plan.vms) {
    await system.tell(machine, vmCreate, vm)
    await system.settle(machine)
  }
  for (const task of plan.tasks) await system.ask(machine, taskCreate, task)
}

/** What one layer refuses another is told to neither of those who asked for it: the first of it is the cause of the rest. */
async function nothingRefused({ system, machine }: Stage): Promise<void> {
  const refusals = (await system.journal(machine)).filter(({ kind }) => kind === 'refusal')
  // What the set-up itself was refused then has no cause in common with it, and may come before it in the journal.
  const refused = refusals.find(({ from }) => from !== 'outside') ?? refusals[0]
  if (refused === undefined) return
  const { from, to, type, data } = refused
  const { code, detail } = data as { code: ProblemCode; detail: string }
  const says = `${to} refused ${type} of ${from}: ${code}: ${detail}`
  throw new StepError(says, { cause: new ProblemError(code, says) })
}

/** Sets sysctls of the host kernel. */
export async function setSysctls(
  system: System,
  machine: string,
  values: NonNullable<StepFile['sysctl']>
): Promise<void> {
  for (const name of SYSCTLS) {
    const value = values[name]
    if (value !== undefined) await system.ask(machine, sysctlSet, { name, value })
  }
}

/** Creates a process of the host; one that shares maps the frames that the other one was given. */
export async function createProcess({ system, machine, frames }: Stage, { setup, sharesPid }: PlannedProcess) {
  const hostPhysical = sharesPid === undefined ? undefined : frames.get(sharesPid)
  const request =
    hostPhysical === undefined
      ? setup
      : { ...setup, mappings: setup.mappings.map((mapping) => ({ ...mapping, hostPhysical })) }
  const { mappings } = await system.ask(machine, processCreate, request)
  const [first] = mappings
  if (first !== undefined) frames.set(setup.pid, first.hostPhysical)
}
