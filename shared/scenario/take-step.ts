import { wire } from '../contracts/validate.ts'
import type { Static, TObject } from 'typebox'
import type { DataOf, MessageType } from '../contracts/message.ts'
import { messageType } from '../contracts/registry.ts'
import {
  bootErrorsInstall,
  einjInject,
  errorRecordSubmit,
  memoryWrite,
  notificationChoose
} from '../contracts/firmware.ts'
import { errorInject, lineRepair, patrolScrub } from '../contracts/hardware.ts'
import { hostBoot, processAccess, processRemap } from '../contracts/host-kernel.ts'
import { taskAccess, taskCreate } from '../contracts/guest.ts'
import { vmMigrate, vmPolicy, vmReset } from '../contracts/vmm.ts'
import { acknowledgementOf } from './acknowledgement.ts'
import { codeOf } from './refused.ts'
import { distanceOf } from './distance.ts'
import { hostPhysicalOf, OFFSET, inOwnRange, placeOf, StepError, vmmPidOf, type Place, type Stage } from './places.ts'
import { memoryReport } from './report-bytes.ts'
import { addressOf, durationOf } from './scalars.ts'
import type { BertFile, EinjFile, PoisonFile, ReportFile, StepFile, TouchFile } from './schema-step.ts'
import { createProcess, setSysctls } from './set-up.ts'
import { madvise, offline, prctl } from './system-calls.ts'

type Steps = Required<StepFile>
type Take<Action extends keyof Steps> = (stage: Stage, what: Steps[Action]) => Promise<void>

/** What each kind of step does. */
const TAKE: { readonly [Action in keyof Steps]: Take<Action> } = {
  touch: async (stage, what) => {
    for (const one of Array.isArray(what) ? what : [what]) await touch(stage, one)
    await stage.system.settle(stage.machine)
  },
  poison,
  einj,
  report,
  bert,
  scrub: async (stage, where) => {
    const start = (await hostPhysicalOf(stage, where)) & ~LINE_MASK
    await told(stage, patrolScrub, { start, end: start + LINE_MASK + 1n })
  },
  repair: async (stage, where) => told(stage, lineRepair, { hostPhysical: await hostPhysicalOf(stage, where) }),
  wait: async ({ system, machine }, time) => system.advance(durationOf(time), machine),
  ack: async (stage, { source }) =>
    void (await stage.system.ask(stage.machine, memoryWrite, await acknowledgementOf(stage, source))),
  reset: async (stage, vm) => {
    const isReset = await done(stage.system.ask(stage.machine, vmReset, { vm }), CANNOT)
    await stage.system.settle(stage.machine)
    if (!isReset) return
    for (const task of stage.plan.tasks) {
      if (task.vm === vm) await stage.system.ask(stage.machine, taskCreate, task)
    }
  },
  migrate: async (stage, vm) => {
    await done(stage.system.ask(stage.machine, vmMigrate, { vm }), CANNOT)
    await stage.system.settle(stage.machine)
  },
  reboot: async (stage) => {
    await told(stage, hostBoot, stage.plan.boot)
    stage.frames.clear()
    for (const process of stage.plan.processes) await createProcess(stage, process)
  },
  remap,
  madvise: (stage, what) => called(stage, madvise(stage, what, done)),
  prctl: (stage, what) => called(stage, prctl(stage, what, done)),
  offline: (stage, what) => called(stage, offline(stage, what, done)),
  policy: async ({ system, machine, plan }, { vm = plan.vms[0]?.vm, name }) => {
    if (vm === undefined) throw new StepError('there is no VM whose policy could change')
    await system.ask(machine, vmPolicy, { vm, policy: name })
  },
  notify: async (stage, choice) => told(stage, notificationChoose, choice),
  sysctl: async ({ system, machine }, values) => setSysctls(system, machine, values),
  message: async (stage, { to, type, data = {} }) => {
    const message = messageType(to, type)
    const parsed = message && wire(message.data).parse(data)
    if (message === undefined || parsed === undefined || 'error' in parsed) {
      throw new StepError(`${to} accepts no such ${type}`)
    }
    await told(stage, message, parsed.value as DataOf<typeof message>)
  }
}

const LINE_MASK = 0x3fn

/** Does a step and waits until it has had all its effects. Throws StepError or what the layer refused. */
export async function takeStep(stage: Stage, step: StepFile): Promise<void> {
  const [[action, what]] = Object.entries(step) as [[keyof Steps, never]]
  await (TAKE[action] as Take<never>)(stage, what)
}

async function told<Data extends TObject>(
  { system, machine }: Stage,
  message: MessageType<Data>,
  data: Static<Data>
): Promise<void> {
  // A question may be refused by what it asks in turn, so its answer is waited for.
  if (message.reply === undefined) await system.tell(machine, message, data)
  else await system.ask(machine, message, data)
  await system.settle(machine)
}

/** A system call, and all that follows from it. */
async function called({ system, machine }: Stage, call: Promise<void>): Promise<void> {
  await call
  await system.settle(machine)
}

const NO_WALK = 'via: walk is for tasks of a guest; page tables of the host hold no error here'

/** Only starts an access, so that several can be under way; a task that is gone touches nothing any more. */
async function touch(stage: Stage, one: Place): Promise<void> {
  const { system, machine, plan } = stage
  const place = placeOf(one) as TouchFile
  const { access = 'load', via = 'user', vcpu, thread, masked } = place
  if (place.vmm !== undefined) {
    if (via === 'walk') throw new StepError(NO_WALK)
    const { hostVirtual } = await inOwnRange(stage, place, place.vmm, OFFSET)
    const pid = await vmmPidOf(stage, place.vmm)
    const tid = thread === undefined ? {} : { tid: pid + thread }
    await done(system.tell(machine, processAccess, { pid, ...tid, hostVirtual, access, via }))
    return
  }
  const actor = plan.actors.get(place.task ?? '')
  if (actor === undefined) throw new StepError('nobody is named who touches: give task or vmm')
  const { pid, virtual } = actor
  const address = virtual + distanceOf(place, OFFSET)
  if (actor.kind === 'process') {
    if (via === 'walk') throw new StepError(NO_WALK)
    const tid = thread === undefined ? {} : { tid: pid + thread }
    await done(system.tell(machine, processAccess, { pid, ...tid, hostVirtual: address, access, via }))
    return
  }
  const options = { ...(vcpu === undefined ? {} : { vcpu }), ...(masked === undefined ? {} : { masked }) }
  const request = { vm: actor.vm, pid, guestVirtual: address, access, via, ...options }
  await done(system.tell(machine, taskAccess, request))
}

/** Refusals that are outcomes of a run and not failures to run it: whoever should do it has ended, or knows better. */
const OUTCOMES: ReadonlySet<string> = new Set([
  'kernel-panicked',
  'machine-panicked',
  'process-unknown',
  'task-unknown',
  'vm-unknown',
  'vm-state',
  'vcpu-state'
])

/** Some VMMs have no reset and no migration. */
const CANNOT = 'request-unsupported'

/** False when it was refused in a way that belongs to the story. */
async function done(request: Promise<unknown>, also?: string): Promise<boolean> {
  try {
    await request
    return true
  } catch (problem) {
    const code = codeOf(problem)
    if (OUTCOMES.has(code) || code === also) return false
    throw problem
  }
}

async function poison(stage: Stage, where: string | PoisonFile): Promise<void> {
  const place = placeOf(where) as PoisonFile
  const { kind = 'memory', exception = 'SError', severity = 'recoverable', address = true } = place
  const { containment = severity === 'corrected' ? 'CE' : 'UER' } = place
  await told(stage, errorInject, {
    kind,
    hostPhysical: (await hostPhysicalOf(stage, place)) & ~LINE_MASK,
    signalled: exception,
    containment,
    severity,
    addressValid: address,
    ...(place.stores === 'defer' ? { storesDefer: true } : {}),
    ...(place.iss === undefined ? {} : { iss: addressOf(place.iss) }),
    ...(place.reportsCorrected === undefined ? {} : { reportsCorrected: place.reportsCorrected })
  })
}

const EINJ_CPU = 1
const EINJ_ADDRESS = 2
const WHOLE_ADDRESS = 0xffff_ffff_ffff_ffffn

async function einj(stage: Stage, what: EinjFile): Promise<void> {
  const { type, notrigger, exception, cpu } = what
  const hasPlace = what.task !== undefined || what.vmm !== undefined || what.hostPhysical !== undefined
  const flags = (cpu === undefined ? 0 : EINJ_CPU) | (hasPlace ? EINJ_ADDRESS : 0)
  await told(stage, einjInject, {
    type,
    ...(flags === 0 ? {} : { flags }),
    ...(hasPlace ? { param1: await hostPhysicalOf(stage, what), param2: WHOLE_ADDRESS } : {}),
    ...(cpu === undefined ? {} : { param3: cpu }),
    ...(notrigger === undefined ? {} : { notrigger }),
    ...(exception === undefined ? {} : { signalled: exception })
  })
}

async function report(stage: Stage, what: ReportFile): Promise<void> {
  const { source, severity = 'recoverable', threshold = false, verbatim } = what
  const hasPlace = what.task !== undefined || what.vmm !== undefined || what.hostPhysical !== undefined
  const physicalAddress = hasPlace ? await hostPhysicalOf(stage, what) : undefined
  const bytes =
    what.bytes === undefined
      ? memoryReport({ severity, threshold, physicalAddress })
      : Uint8Array.fromHex(what.bytes.replaceAll(/\s/g, ''))
  await told(stage, errorRecordSubmit, {
    source,
    bytes,
    ...(verbatim === undefined ? {} : { verbatim })
  })
}

/** What firmware kept of the boot before; the next `reboot` prints it. */
async function bert(stage: Stage, what: BertFile): Promise<void> {
  const { severity = 'fatal' } = what
  const hasPlace = what.task !== undefined || what.vmm !== undefined || what.hostPhysical !== undefined
  const physicalAddress = hasPlace ? await hostPhysicalOf(stage, what) : undefined
  const bytes =
    what.bytes === undefined
      ? memoryReport({ severity, threshold: false, physicalAddress })
      : Uint8Array.fromHex(what.bytes.replaceAll(/\s/g, ''))
  await stage.system.ask(stage.machine, bootErrorsInstall, { bytes })
}

/** munmap and mmap by a process of the host over a page of its own. */
async function remap(stage: Stage, where: Place): Promise<void> {
  const place = placeOf(where)
  const actor = stage.plan.actors.get(place.task ?? '')
  if (actor?.kind !== 'process') throw new StepError('only a process of the host remaps by itself')
  const hostVirtual = actor.virtual + distanceOf({ ...place, offset: 0 })
  const length = BigInt(stage.plan.boot.pageSize ?? 4096)
  const { errno } = await stage.system.ask(stage.machine, processRemap, { pid: actor.pid, hostVirtual, length })
  if (errno !== 0) throw new StepError(`the kernel refuses to map anew: errno ${errno}`)
}
