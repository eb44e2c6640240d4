import {
  guestPageOffline,
  hostPageOffline,
  processMadvise,
  processPrctl,
  taskMadvise,
  taskPrctl
} from '../contracts/system-calls.ts'
import { distanceOf } from './distance.ts'
import {
  hostPhysicalOf,
  hostVirtualBehind,
  inOwnRange,
  StepError,
  vmmPidOf,
  type PlaceFile,
  type Stage
} from './places.ts'
import { sizeOf } from './scalars.ts'
import type { MadviseFile, OfflineFile, PrctlFile } from './schema-step.ts'

/** What user space asks its kernel about memory, as steps of a scenario. */

const PAGE_SIZE = 4096

/** Sends a question; a refusal that belongs to the story is told by whoever gave this. */
type Ask = (request: Promise<unknown>) => Promise<unknown>

const NOBODY = 'nobody is named who calls: give task or vmm'

function actorOf({ plan }: Stage, task: string | undefined) {
  return plan.actors.get(task ?? '') ?? fail(NOBODY)
}

function fail(why: string): never {
  throw new StepError(why)
}

export async function madvise(stage: Stage, what: MadviseFile, ask: Ask): Promise<void> {
  const { system, machine, plan } = stage
  const { advice, thread = 0, vcpu, by, task, vmm } = what
  const length = what.length === undefined ? BigInt(plan.boot.pageSize ?? PAGE_SIZE) : sizeOf(what.length)
  if (vmm !== undefined || by === 'vmm') {
    const pid = await vmmPidOf(stage, vmm ?? vmOf(stage, task))
    const hostVirtual = vmm === undefined ? await behindTask(stage, what) : await inVmm(stage, what, vmm)
    await ask(system.ask(machine, processMadvise, { pid, tid: pid + thread, hostVirtual, length, advice }))
    return
  }
  const actor = actorOf(stage, task)
  const { pid } = actor
  const virtual = actor.virtual + distanceOf(what)
  if (actor.kind === 'process') {
    await ask(system.ask(machine, processMadvise, { pid, tid: pid + thread, hostVirtual: virtual, length, advice }))
    return
  }
  const where = vcpu === undefined ? {} : { vcpu }
  await ask(system.ask(machine, taskMadvise, { vm: actor.vm, pid, ...where, guestVirtual: virtual, length, advice }))
}

const vmOf = (stage: Stage, task: string | undefined): string => {
  const actor = actorOf(stage, task)
  return actor.kind === 'task' ? actor.vm : fail('by: vmm is for a page of a task of a guest')
}

async function behindTask(stage: Stage, place: PlaceFile): Promise<bigint> {
  const actor = actorOf(stage, place.task)
  if (actor.kind === 'process') return fail('by: vmm is for a page of a task of a guest')
  return hostVirtualBehind(stage, actor.vm, actor.physical + distanceOf(place))
}

const inVmm = async (stage: Stage, place: PlaceFile, vm: string) => (await inOwnRange(stage, place, vm)).hostVirtual

const PR_MCE_KILL = {
  clear: { arg2: 0, arg3: 0 },
  late: { arg2: 1, arg3: 0 },
  early: { arg2: 1, arg3: 1 },
  default: { arg2: 1, arg3: 2 }
} as const satisfies Record<PrctlFile['mceKill'], object>

export async function prctl(stage: Stage, what: PrctlFile, ask: Ask): Promise<void> {
  const { system, machine } = stage
  const { task, vmm, thread = 0, mceKill } = what
  const call = { option: 'PR_MCE_KILL', ...PR_MCE_KILL[mceKill] } as const
  const actor = vmm === undefined ? actorOf(stage, task) : undefined
  if (actor?.kind === 'task') {
    if (thread !== 0) fail('a task of a guest has one thread')
    await ask(system.ask(machine, taskPrctl, { vm: actor.vm, pid: actor.pid, ...call }))
    return
  }
  const pid = actor === undefined ? await vmmPidOf(stage, vmm ?? '') : actor.pid
  await ask(system.ask(machine, processPrctl, { pid, tid: pid + thread, ...call }))
}

export async function offline(stage: Stage, what: OfflineFile, ask: Ask): Promise<void> {
  const { system, machine, plan } = stage
  const { file, kernel = 'host' } = what
  const pageSize = kernel === 'host' ? (plan.boot.pageSize ?? PAGE_SIZE) : PAGE_SIZE
  const inFile = (address: bigint) => (file === 'corrupt-pfn' ? address / BigInt(pageSize) : address)
  if (kernel === 'host') {
    await ask(system.ask(machine, hostPageOffline, { file, value: inFile(await hostPhysicalOf(stage, what)) }))
    return
  }
  const actor = actorOf(stage, what.task)
  if (actor.kind === 'process') return fail('kernel: guest is for the page of a task of a guest')
  const value = inFile(actor.physical + distanceOf(what))
  await ask(system.ask(machine, guestPageOffline, { vm: actor.vm, file, value }))
}
