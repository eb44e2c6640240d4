import type { Static } from 'typebox'
import type { processCreate } from '../contracts/host-kernel.ts'
import type { vmCreate } from '../contracts/vmm.ts'
import type { taskCreate } from '../contracts/guest.ts'
import type { hostBoot } from '../contracts/host-kernel.ts'
import { layOut, max, PAGE, up } from './lay-out.ts'
import { addressOf, sizeOf } from './scalars.ts'
import type { ScenarioFile } from './schema.ts'
import type { ProcessFile, TaskFile, VmFile } from './schema-actors.ts'
import type { FrameFile } from './schema-machine.ts'
import { varied, type Variation } from './vary.ts'

/** What whoever runs a file may change about it. */
export interface Overrides extends Variation {
  readonly policy?: string
  readonly vmm?: string
  readonly linux?: string
  /** Whether policies see the hardware exception. */
  readonly exposeException?: boolean
}

/** Whoever can touch memory: a task of a guest, or a process of the host. */
export type Actor =
  | {
      readonly kind: 'task'
      readonly vm: string
      readonly pid: number
      readonly virtual: bigint
      readonly physical: bigint
      readonly length: bigint
      readonly threads: number
      /** Page of the guest that holds its level 3 table entries. */
      readonly pageTable: bigint
    }
  | {
      readonly kind: 'process'
      readonly pid: number
      readonly virtual: bigint
      readonly length: bigint
      readonly threads: number
    }

export type VmSetup = Static<typeof vmCreate.data>
export type TaskSetup = Static<typeof taskCreate.data>
export type ProcessSetup = Static<typeof processCreate.data>
export type BootSetup = Static<typeof hostBoot.data>

/** A scenario with every default filled in and every address chosen. */
export interface Plan {
  /** As written, but for the overrides. */
  readonly file: ScenarioFile
  readonly boot: BootSetup
  readonly vms: readonly VmSetup[]
  readonly tasks: readonly TaskSetup[]
  readonly processes: readonly PlannedProcess[]
  readonly actors: ReadonlyMap<string, Actor>
}

/** A process; one that shares maps the frames that the other one got. */
export interface PlannedProcess {
  readonly setup: ProcessSetup
  readonly sharesPid: number | undefined
}

export const DEFAULT_VM = 'vm0'
/** The task that will touch the bad page in most stories, and one beside it that must survive. */
export const DEFAULT_TASKS = ['redis', 'nginx']

const LINUX = '6.1'
const DEFAULT_GUEST_RAM = 0x400_0000n
export const GUEST_RAM_START = 0x4000_0000n
/** Tasks start after the first page of RAM. */
const FIRST_TASK = 0x1000n
/** Page tables of the tasks, where no task's memory is. */
const FIRST_TABLE = 0x4040_0000n
const GUEST_VIRTUAL = 0xffff_9000_0000n
const HOST_VIRTUAL = 0x7f_0000_0000n
const FIRST_TASK_PID = 1200
const FIRST_PROCESS_PID = 300
const PID_APART = 100

export function planOf(written: ScenarioFile, overrides: Overrides = {}): Plan {
  const file = varied(written, overrides)
  const hasDefaultVm = file.vms === undefined && file.processes === undefined
  const vms = hasDefaultVm ? [{}] : (file.vms ?? [])
  const planned = vms.map((vm, index) => planVm(vm, index, overrides, walkedIn(file)))
  const processes = planProcesses(file.processes ?? [], BigInt(file.machine?.pageSize ?? 4096))
  return {
    file,
    boot: bootOf(file, overrides),
    vms: planned.map(({ setup }) => setup),
    tasks: planned.flatMap(({ tasks }) => tasks),
    processes: processes.map(({ setup, sharesPid }) => ({ setup, sharesPid })),
    actors: new Map<string, Actor>([...planned.flatMap(({ actors }) => actors), ...processes.map(({ actor }) => actor)])
  }
}

/** Tasks whose page tables matter: only theirs are told to the guest. */
function walkedIn({ steps }: ScenarioFile): ReadonlySet<string> {
  const places = steps.flatMap((step) => Object.values(step)).flat() as readonly unknown[]
  const named = places.filter((place) => typeof place === 'object' && place !== null) as readonly {
    task?: string
    table?: boolean
    via?: string
  }[]
  return new Set(
    named.flatMap(({ task, table, via }) => (task !== undefined && (table || via === 'walk') ? [task] : []))
  )
}

function bootOf({ machine = {} }: ScenarioFile, { linux }: Overrides): BootSetup {
  const { ras, syncWinner, memory, pageSize, sei, config, frames } = machine
  return {
    linux: (linux ?? String(machine.linux ?? LINUX)) as NonNullable<BootSetup['linux']>,
    ...(ras === undefined ? {} : { ras }),
    ...(syncWinner === undefined ? {} : { syncWinner }),
    ...(sei === undefined ? {} : { sei }),
    ...(pageSize === undefined ? {} : { pageSize }),
    ...(config === undefined ? {} : { config }),
    ...(frames === undefined ? {} : { frames: frames.map(frameOf) }),
    ...(memory === undefined
      ? {}
      : { memory: memory.map(({ start, end }) => ({ start: addressOf(start), end: addressOf(end) })) })
  }
}

const frameOf = ({ start, end, kind }: FrameFile) => ({ start: addressOf(start), end: addressOf(end), kind })

function planVm(vm: VmFile, index: number, overrides: Overrides, walked: ReadonlySet<string>) {
  const name = vm.name ?? `vm${index}`
  const { vcpus, backing, mceKill, guest = {} } = vm
  const exposeException = overrides.exposeException ?? vm.exposeException
  const profile = overrides.vmm ?? vm.profile
  // Another VMM comes with what it does itself, unless a policy is asked for.
  const policy = overrides.policy ?? (overrides.vmm === undefined ? vm.policy : undefined)
  const linux = overrides.linux ?? (guest.linux === undefined ? undefined : String(guest.linux))
  const length = up(vm.memory === undefined ? DEFAULT_GUEST_RAM : sizeOf(vm.memory), PAGE)
  const setup = {
    vm: name,
    ...(policy === undefined ? {} : { policy }),
    length,
    ...(profile === undefined ? {} : { profile }),
    ...(vcpus === undefined ? {} : { vcpus }),
    ...(backing === undefined ? {} : { backing }),
    ...(mceKill === undefined ? {} : { mceKill }),
    ...(exposeException === undefined ? {} : { exposeException }),
    guest: {
      ...(linux === undefined ? {} : { linux }),
      ...(guest.sei === undefined ? {} : { sei: guest.sei }),
      ...(guest.syncWinner === undefined ? {} : { syncWinner: guest.syncWinner }),
      ...(guest.config === undefined ? {} : { config: guest.config }),
      ...(guest.frames === undefined ? {} : { frames: guest.frames.map(frameOf) })
    }
  } as VmSetup
  const tasks = planTasks(vm.tasks ?? DEFAULT_TASKS, name, index, walked)
  return { setup, tasks: tasks.map(({ setup }) => setup), actors: tasks.map(({ actor }) => actor) }
}

const filled = <T extends object>(one: string | T): T & { name: string } =>
  (typeof one === 'string' ? { name: one } : one) as T & { name: string }

function planTasks(tasks: readonly (string | TaskFile)[], vm: string, vmIndex: number, walked: ReadonlySet<string>) {
  const start = { virtual: GUEST_VIRTUAL, physical: GUEST_RAM_START + FIRST_TASK, page: PAGE }
  const laid = layOut(tasks.map(filled<TaskFile>), start)
  const tables = laid.map(({ place }) => up(place.physical + place.length, PAGE)).reduce(max, FIRST_TABLE)
  return laid.map(({ one, place }, index) => {
    const pid = one.pid ?? FIRST_TASK_PID + (vmIndex * 16 + index) * PID_APART
    const { virtual, physical, length, backing } = place
    const dirty = place.dirty === undefined ? {} : { dirty: place.dirty }
    const pageTable = tables + BigInt(index) * PAGE
    const table = walked.has(one.name) ? { pageTable } : {}
    const setup = {
      vm,
      pid,
      comm: one.name,
      ...(one.mceKill === undefined ? {} : { mceKill: one.mceKill }),
      ...(one.sigbus === undefined ? {} : { sigbus: one.sigbus }),
      mappings: [{ guestVirtual: virtual, guestPhysical: physical, length, backing, ...dirty, ...table }]
    } as TaskSetup
    return {
      setup,
      actor: [
        one.name,
        { kind: 'task', vm, pid, virtual, physical, length, threads: 1, pageTable } satisfies Actor
      ] as const
    }
  })
}

function planProcesses(processes: readonly (string | ProcessFile)[], page: bigint) {
  const start = { virtual: HOST_VIRTUAL, physical: 0n, page }
  const laid = layOut(processes.map(filled<ProcessFile>), start)
  const pids = processIds(laid.map(({ one }) => one))
  const pidOf = (index: number) => pids[index] ?? FIRST_PROCESS_PID
  return laid.map(({ one, place }, index) => {
    const pid = pidOf(index)
    const sharesPid =
      one.shares === undefined ? undefined : pidOf(laid.findIndex((other) => other.one.name === one.shares))
    const { virtual, length, backing } = place
    const threads = one.threads ?? 1
    const mceKill = one.mceKill === undefined ? {} : { mceKill: one.mceKill }
    const sigbus = { sigbus: one.sigbus ?? 'default', ...(one.sigbusBlocked ? { sigbusBlocked: true } : {}) }
    const setup = {
      pid,
      comm: one.name,
      ...mceKill,
      sigbus: sigbus.sigbus,
      threads: Array.from({ length: threads }, (_, at) => ({ tid: pid + at, ...mceKill, ...sigbus })),
      mappings: [
        {
          hostVirtual: virtual,
          length,
          backing,
          ...(place.dirty === undefined ? {} : { dirty: place.dirty }),
          ...(one.mlocked === undefined ? {} : { mlocked: one.mlocked }),
          ...(one.pinned === undefined ? {} : { pinned: one.pinned })
        }
      ]
    } as ProcessSetup
    return {
      setup,
      sharesPid,
      actor: [one.name, { kind: 'process', pid, virtual, length, threads } satisfies Actor] as const
    }
  })
}

/** A number for each process that has none, with room behind it for its threads. */
function processIds(processes: readonly ProcessFile[]): readonly number[] {
  let next = FIRST_PROCESS_PID
  return processes.map(({ pid = next, threads = 1 }) => {
    next += PID_APART * Math.ceil(threads / PID_APART)
    return pid
  })
}
