import type { Interrupted } from '../../shared/contracts/common.ts'
import { clearMemory, sparseMemory, type SparseMemory } from '../../shared/sparse/memory.ts'
import { optionsOf } from '../../shared/linux/kernel/config.ts'
import { createKernel } from '../../shared/linux/kernel/create.ts'
import { GUEST_IMAGE_OFFSET, kernelFrames } from '../../shared/linux/mm/kernel-frames.ts'
import { EMPTY_LOG, type KernelLog } from '../../shared/linux/kernel/log.ts'
import type { KernelState } from '../../shared/linux/kernel/state.ts'
import type { GuestCreate } from '../../shared/contracts/guest.ts'

/** The guests of one machine. */
export interface GuestsState {
  readonly vms: ReadonlyMap<string, Guest>
  /** Above the starts of all guests that are forgotten; absent while none is. */
  readonly starts?: number
}

export interface Guest {
  readonly vm: string
  readonly setup: GuestCreate
  readonly memory: SparseMemory
  readonly kernel: KernelState
  readonly hestAddress: bigint | undefined
  /** GED interrupt whose _EVT notifies PNP0C33. */
  readonly errorIntid: number | undefined
  readonly booted: boolean
  /** Why its VM is no more. */
  readonly gone: string | undefined
  /** Nobody asks about it once its VM is no more. */
  readonly isForgotten?: boolean
  /** Which start of the guest this is; timers of an earlier one mean nothing. */
  readonly start: number
  /** By polled source: when its timer fired last (ns), and whether one is set for a record that waits. */
  readonly polls: ReadonlyMap<number, Poll>
  readonly vcpus: readonly Vcpu[]
  readonly pageTables: readonly PageTable[]
  readonly log: KernelLog
  /** Finished accesses, for whoever asks what became of a task. */
  readonly results: readonly AccessResult[]
}

export interface Poll {
  readonly last: number
  readonly isDue: boolean
}

export interface Vcpu {
  readonly index: number
  /** Whether KVM lets it run. */
  readonly running: boolean
  readonly current: Work | undefined
  readonly waiting: readonly Work[]
}

/** One access that a task makes, by itself or through a system call. */
export interface Work {
  readonly pid: number
  readonly guestVirtual: bigint
  readonly access: Interrupted['access']
  readonly via: 'user' | 'syscall' | 'walk'
  /** With PSTATE.A set: an SError that pends is not taken. */
  readonly masked: boolean
  /** Where the table entry is that a walk reads. */
  readonly tableEntry: bigint | undefined
  readonly pc: bigint
  /** Id of the message that asked for it. */
  readonly askedBy: string
}

/** The page that holds the level 3 table entries of a task's mapping. */
export interface PageTable {
  readonly pid: number
  readonly virtual: bigint
  readonly length: bigint
  readonly physical: bigint
}

export interface AccessResult {
  readonly pid: number
  readonly guestVirtual: bigint
  readonly access: Interrupted['access']
  /** `gone`: the VM ended under it. */
  readonly outcome: 'completed' | 'signalled' | 'killed' | 'EFAULT' | 'oops' | 'gone'
}

/** PSTATE of a task in user mode and of the kernel at work (EL1h, interrupts on). */
export const PSTATE_EL0 = 0x0n
export const PSTATE_EL1 = 0x5n
/** PSTATE.A: SErrors are masked. */
export const PSTATE_A = 0x100n

export const EMPTY_GUESTS: GuestsState = { vms: new Map() }

/** A guest as `guest.create` asks for it: memory zero, kernel not booted. `start` is above that of any of its name before it. */
export function newGuest(setup: GuestCreate, start = 0): Guest {
  const end = setup.guestPhysical + setup.length
  const memory = [{ start: setup.guestPhysical, end }]
  return {
    setup,
    polls: new Map(),
    start,
    vm: setup.vm,
    memory: sparseMemory(setup.guestPhysical, end),
    kernel: createKernel({
      version: setup.linux ?? '6.1',
      memory,
      frames: [...(setup.frames ?? []), ...kernelFrames(memory, GUEST_IMAGE_OFFSET)],
      options: {
        cpus: setup.vcpus,
        sei: setup.sei ?? false,
        ...(setup.syncWinner === undefined ? {} : { syncWinner: setup.syncWinner }),
        ...optionsOf(setup.config)
      }
    }),
    hestAddress: setup.hestAddress,
    errorIntid: setup.errorIntid,
    booted: false,
    gone: undefined,
    vcpus: Array.from({ length: setup.vcpus }, (_, index) => ({
      index,
      running: false,
      current: undefined,
      waiting: []
    })),
    pageTables: [],
    log: EMPTY_LOG,
    results: []
  }
}

/** The same guest after a cold start: another kernel and no tasks, in the memory as it was but for the ranges replaced. */
export function restarted({ setup, start, memory, log, results }: Guest, replaced: readonly Range[]): Guest {
  const kept = replaced.reduce((rest, { guestPhysical, length }) => clearMemory(rest, guestPhysical, length), memory)
  return { ...newGuest(setup), start: start + 1, memory: kept, log, results }
}

export interface Range {
  readonly guestPhysical: bigint
  readonly length: bigint
}
