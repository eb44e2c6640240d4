import type { Layer } from '../../shared/contracts/layer.ts'
import { MODELS } from '../../services/layers.ts'
import type { HostState } from '../../services/host-kernel/state.ts'
import type { Vm, VmmState } from '../../services/vmm/state.ts'
import type { Notification } from '../../shared/contracts/common.ts'
import type { MachineRoom } from '../../shared/machine-room/in-process.ts'
import type { RoomOptions } from '../../shared/machine-room/room-options.ts'
import { outcomeOf, type Outcome } from '../../shared/trace/outcome.ts'
import type { Waiting } from '../../shared/model/procedure.ts'
import type { AnyModel } from '../../shared/model/step.ts'
import type { WireEntry } from '../../shared/trace/entry.ts'
import { readers, room } from '../support/room.ts'

/** A VM on a whole machine in one process, with two tasks; each thing that can befall it is a method. */
export interface Scene {
  readonly bus: MachineRoom
  vm(): Vm
  /** The VMM's process as the host keeps it. */
  process(): { readonly state: string; readonly exitSignal?: number | undefined } | undefined
  /** An error in the frame behind a page of the guest's RAM, or of the VMM's own memory. */
  poison(where: bigint | 'own', how?: Poison): void
  /** A task of the guest touches its page. */
  touch(task: Task, more?: object): void
  /** A thread of the VMM touches guest RAM by its own mapping, or memory of its own. */
  touchAsVmm(tid: number, where: bigint | 'own'): void
  tell(type: string, data?: object): void
  /** The answer, or the code and detail of the refusal. */
  ask(type: string, data?: object): unknown
  outcome(): Outcome
  notes(type: string): readonly Record<string, unknown>[]
  messages(type: string): readonly Record<string, unknown>[]
  /** How the process ended, as the VMM told the host: `signal 6`, `exit 1`; undefined when it did not. */
  end(): string | undefined
}

/** How hardware tells of the error: at once by interrupt, or only to who consumes it. */
export interface Poison {
  readonly signalled?: 'interrupt' | 'SEA' | 'SError'
  readonly notify?: Notification
  /** Offset of the line within the page. */
  readonly offset?: bigint
}

export const TASKS = {
  redis: { pid: 1200, comm: 'redis', guestVirtual: 0xffff_9000_0000n, guestPhysical: 0x4000_1000n },
  nginx: { pid: 1300, comm: 'nginx', guestVirtual: 0xffff_9100_0000n, guestPhysical: 0x4000_5000n },
  mysql: { pid: 1400, comm: 'mysql', guestVirtual: 0xffff_9200_0000n, guestPhysical: 0x4000_9000n }
} as const
export type Task = keyof typeof TASKS
export const PAGE_OF = {
  redis: TASKS.redis.guestPhysical,
  nginx: TASKS.nginx.guestPhysical,
  mysql: TASKS.mysql.guestPhysical
} as const

export interface SceneOptions {
  /** Fields of vm.create. */
  readonly vm?: object
  /** Version of the host; default 6.1. */
  readonly linux?: string
  /** External aborts are taken by the host kernel itself, which has no record of them. */
  readonly kernelFirst?: boolean
  readonly models?: readonly AnyModel[]
  readonly bus?: RoomOptions
}

const M = 'm0'
const LINE = 0x18n

/** A running VM; its tasks have touched their pages once, unless its guest does not run yet. */
export function scene({
  vm = {},
  linux,
  kernelFirst = false,
  models = MODELS,
  bus: more = {}
}: SceneOptions = {}): Scene {
  const { bus } = room(more, models)
  bus.create(M)
  const tell = (to: Layer, type: string, data: object) => {
    const { refusal } = bus.post(M, { to, type }, data)
    bus.settle()
    if (refusal !== undefined) throw new Error(`${to} refused ${type}: ${refusal.code}: ${refusal.detail}`)
  }
  if (linux !== undefined) tell('host-kernel', 'host.boot', { linux })
  if (kernelFirst) tell('hardware', 'routing.set', { scrEl3Ea: false, hcrEl2Tea: true, hcrEl2Amo: true })
  tell('vmm', 'vm.create', { vm: 'vm0', ...vm })

  const inner = <State>(layer: Parameters<MachineRoom['state']>[0]) => (bus.state(layer) as Waiting<State>).inner
  const theVm = () => {
    const found = inner<VmmState>('vmm').vms.get('vm0')
    if (found === undefined) throw new Error('there is no vm0')
    return found
  }
  const process = () => inner<HostState>('host-kernel').kernel.processes.get(theVm().pid)
  const hostVirtual = (where: bigint | 'own') => {
    const { own, slots } = theVm()
    if (where === 'own') return own.hostVirtual
    const [slot] = slots
    return where - (slot?.guestPhysical ?? 0n) + (slot?.hostVirtual ?? 0n)
  }
  const hostPhysical = (where: bigint | 'own') => {
    const virtual = hostVirtual(where)
    const vma = process()?.vmas.find((one) => virtual >= one.virtual && virtual < one.virtual + one.length)
    if (vma === undefined) throw new Error(`0x${virtual.toString(16)} is not mapped`)
    return virtual - vma.virtual + vma.physical
  }
  const journal = (): readonly WireEntry[] => bus.journal().map((entry) => ({ ...entry, cause: '' }))

  const made: Scene = {
    bus,
    vm: theVm,
    process,
    poison(where, { signalled = 'interrupt', notify = 'GSIV', offset = LINE } = {}) {
      tell('firmware', 'notification.choose', { recoverable: notify })
      tell('hardware', 'error.inject', {
        kind: 'memory',
        hostPhysical: hostPhysical(where) + offset,
        signalled,
        containment: 'UER',
        severity: 'recoverable'
      })
    },
    touch(name, access = {}) {
      const { pid, guestVirtual } = TASKS[name]
      tell('guest', 'task.access', { vm: 'vm0', pid, guestVirtual: guestVirtual + LINE, access: 'load', ...access })
    },
    touchAsVmm(tid, where) {
      const target = { pid: theVm().pid, tid, hostVirtual: hostVirtual(where) + LINE, access: 'load' }
      tell('host-kernel', 'process.access', target)
    },
    tell: (type, data = {}) => tell('vmm', type, { vm: 'vm0', ...data }),
    ask(type, data = {}) {
      try {
        return bus.ask(M, { to: 'vmm', type }, { vm: 'vm0', ...data })
      } catch (error) {
        return (error as Error).message
      }
    },
    outcome: () => outcomeOf(wired(bus)),
    notes: (type) => readers(journal()).notes(type),
    messages: (type) => readers(journal()).messages(type),
    end() {
      const exit = readers(journal()).messages('process.exit').at(-1) as { signal?: number; code?: number } | undefined
      if (exit === undefined) return undefined
      return exit.signal === undefined ? `exit ${exit.code ?? 0}` : `signal ${exit.signal}`
    }
  }
  if (theVm().started) for (const name of Object.keys(TASKS) as Task[]) addTask(made, tell, name)
  return made
}

function addTask(made: Scene, tell: (to: 'guest', type: string, data: object) => void, name: Task): void {
  const { pid, comm, guestVirtual, guestPhysical } = TASKS[name]
  const mappings = [{ guestVirtual, guestPhysical, length: 0x1000n }]
  tell('guest', 'task.create', { vm: 'vm0', pid, comm, mappings })
  made.touch(name)
}

function wired(bus: MachineRoom): readonly WireEntry[] {
  const text = (_key: string, value: unknown) => (typeof value === 'bigint' ? `0x${value.toString(16)}` : value)
  return bus.journal().map((entry) => JSON.parse(JSON.stringify(entry, text)) as WireEntry)
}
