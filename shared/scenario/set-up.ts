import type { System } from '../machine-room/system.ts'
import type { Stage } from './places.ts'
import type { Plan, PlannedProcess } from './plan.ts'

const DEFAULT_BOOT = { linux: '6.1' }
const KERNEL_FIRST = { scrEl3Ea: false, hcrEl2Tea: true, hcrEl2Amo: true }

/** Brings a machine into the state in which a scenario's steps begin. */
export async function setUp(system: System, machine: string, plan: Plan): Promise<Stage> {
  const stage: Stage = { system, machine, plan, frames: new Map() }
  const { memory, notify, routing, sysctl = {} } = plan.file.machine ?? {}
  await system.createMachine(machine)
  if (memory !== undefined) await system.tell(machine, 'hardware', 'memory.map', { ranges: plan.boot.memory })
  if (JSON.stringify(plan.boot.linux) !== JSON.stringify(DEFAULT_BOOT.linux) || Object.keys(plan.boot).length > 1) {
    await system.tell(machine, 'host-kernel', 'host.boot', plan.boot)
  }
  if (routing === 'kernel-first') await system.tell(machine, 'hardware', 'routing.set', KERNEL_FIRST)
  if (notify !== undefined) await system.tell(machine, 'firmware', 'notification.choose', notify)
  for (const [name, value] of Object.entries(sysctl)) {
    await system.ask(machine, 'host-kernel', 'sysctl.set', { name, value })
  }
  for (const process of plan.processes) await createProcess(stage, process)
  for (const vm of plan.vms) {
    await system.tell(machine, 'vmm', 'vm.create', vm)
    await system.settle()
  }
  for (const task of plan.tasks) await system.ask(machine, 'guest', 'task.create', task)
  return stage
}

interface Created {
  readonly mappings: readonly { readonly hostPhysical: bigint }[]
}

/** Creates a process of the host; one that shares maps the frames that the other one was given. */
export async function createProcess({ system, machine, frames }: Stage, { setup, sharesPid }: PlannedProcess) {
  const hostPhysical = sharesPid === undefined ? undefined : frames.get(sharesPid)
  const request =
    hostPhysical === undefined
      ? setup
      : { ...setup, mappings: setup.mappings.map((mapping) => ({ ...mapping, hostPhysical })) }
  const { mappings } = (await system.ask(machine, 'host-kernel', 'process.create', request)) as Created
  const [first] = mappings
  if (first !== undefined) frames.set(setup.pid, first.hostPhysical)
}
