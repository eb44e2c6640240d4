import type { Static } from 'typebox'
import type { Notification } from '../../shared/contracts/common.ts'
import type { Backing } from '../../shared/contracts/host-kernel.ts'
import type { KvmExit } from '../../shared/contracts/kvm.ts'
import type { Fallback, MACHINE_TYPES } from '../../shared/contracts/vmm.ts'
import type { ProfileName } from './profile.ts'

/** The VMs of one machine, in the order they were created. */
export interface VmmState {
  readonly vms: ReadonlyMap<string, Vm>
  /** VMs that were forgotten; absent while there is none. */
  readonly forgotten?: number
}
export const EMPTY_VMM: VmmState = { vms: new Map() }

/**
 * `running` until something ends it: `guest-panicked`, `off` and `reset` by the guest, `stopped` by the VMM, `migrated` away,
 * `killed` with its process, `failed` when KVM or a neighbour refused what the VMM cannot do without.
 */
export type VmRunState = 'running' | 'guest-panicked' | 'off' | 'reset' | 'stopped' | 'migrated' | 'killed' | 'failed'

export type MachineType = (typeof MACHINE_TYPES)[number]

export interface Vm {
  readonly name: string
  /** Counts the VMs of the machine, from 1: a VM that gets the same name later has another. */
  readonly number: number
  readonly profile: ProfileName
  /** Built-in policy to ask for, or the URL of a service to ask; undefined leaves it to the policy service. */
  readonly policy: string | undefined
  readonly policyDeadlineMs: number
  /** What it does without a usable answer, where that is not the harmless thing. */
  readonly fallback: Fallback
  /** The policy sees the hardware exception. */
  readonly exposeException: boolean
  readonly pid: number
  readonly run: VmRunState
  /** Its vCPUs are kept out of KVM_RUN though it runs: since somebody paused it, or since it was reset after that. */
  readonly paused?: 'paused' | 'prelaunch' | undefined
  /** Why it is no longer running. */
  readonly because: string | undefined
  readonly slots: readonly MemorySlot[]
  readonly vcpus: readonly Vcpu[]
  /** Threads that run no vCPU, the main one left out. */
  readonly worker: number
  readonly backing: Static<typeof Backing>
  /** Memory of the VMM itself, which is nothing of the guest's. */
  readonly own: { readonly hostVirtual: bigint; readonly length: bigint; readonly backing: 'anonymous' }
  /** QEMU's, undefined for other VMMs. */
  readonly machineType: MachineType | undefined
  /** Guest physical address of the HEST, undefined without one. */
  readonly hest: bigint | undefined
  /** Where guest firmware says that it has put the tables; undefined until it has run. A reset does not clear it. */
  readonly ghesAddress: bigint | undefined
  /** Guest firmware has run, so that its vCPUs run the guest kernel. */
  readonly started: boolean
  readonly sources: readonly ErrorSource[]
  /** Guest memory that is known to be lost, each extent once. */
  readonly poisoned: readonly PoisonedExtent[]
  /** The GED's interrupt line is high, until the vCPU that takes it has entered KVM_RUN. */
  readonly errorLineHigh: boolean
  /** What the hardware raised for a signal that has not come yet. */
  readonly exception: HardwareException | undefined
  readonly counters: Counters
  /** The latest decisions, oldest first. */
  readonly history: readonly Decided[]
}

/** Over, but its process lives. */
const LIVING: readonly VmRunState[] = ['guest-panicked', 'reset']

/** Whether the process of a VM has ended. */
export const isOver = ({ run }: Vm): boolean => run !== 'running' && !LIVING.includes(run)

/** A range of guest RAM and where the VMM has it mapped. */
export interface MemorySlot {
  readonly guestPhysical: bigint
  readonly hostVirtual: bigint
  readonly length: bigint
}

export interface Vcpu {
  readonly tid: number
  /** Inside KVM_RUN. */
  readonly inRun: boolean
  /** The one-entry SIGBUS slot of its thread: decided when KVM_RUN has returned. */
  readonly sigbus: MemoryError | undefined
  /** An SEA whose record waits for the guest to acknowledge the one before. */
  readonly waiting: Waiting | undefined
  /** A kvm.exit is on its way that belongs to before the vCPU was kicked out. */
  readonly staleExit: boolean
}

/** A record that finds the one before it unacknowledged, since when (ns), and whether nobody hopes for it any more. */
export interface Waiting {
  readonly error: MemoryError
  readonly source: number
  readonly since: number
  readonly isHopeless: boolean
}

/** A SIGBUS about memory, placed in the guest where it belongs there. */
export interface MemoryError {
  readonly code: 'BUS_MCEERR_AR' | 'BUS_MCEERR_AO' | 'KVM_EXIT_ARM_SEA'
  /** The vCPU whose thread consumed the error; undefined for action optional and for other threads. */
  readonly vcpu: number | undefined
  readonly hostVirtual: bigint | undefined
  readonly addressLsb: number
  readonly place: Place | undefined
  /** Where the guest was, when its vCPU came out of KVM_RUN for this. */
  readonly interrupted?: Pick<KvmExit, 'pc' | 'pstate'>
  /** What the hardware raised, where the exit says so. */
  readonly exception?: HardwareException
  /** Id of the signal or exit that reported it. */
  readonly reportedBy: string
}

/** Where an error lies in guest RAM. */
export interface Place {
  /** The 4 KiB page the signal speaks of. */
  readonly guestPhysical: bigint
  /** All that is lost, `1 << si_addr_lsb` bytes. */
  readonly extent: { readonly guestPhysical: bigint; readonly hostVirtual: bigint; readonly length: bigint }
}

export interface HardwareException {
  readonly kind: 'SEA' | 'SError'
  readonly esr: bigint
}

export interface PoisonedExtent {
  readonly guestPhysical: bigint
  readonly lsb: number
  /** What the hardware raised for it, where the host told. */
  readonly exception: HardwareException | undefined
}

/** An error source of the guest's HEST and where its parts lie in guest memory. */
export interface ErrorSource {
  readonly source: number
  readonly notify: Notification
  readonly pollIntervalMs: number
  /** Cell that holds the address of the block. */
  readonly pointer: bigint
  readonly readAck: bigint
  readonly block: bigint
  readonly blockLength: number
}

export interface Counters {
  readonly actionRequired: number
  readonly actionOptional: number
  /** KVM_EXIT_ARM_SEA. */
  readonly seaExits: number
  /** Signals that found the slot of their thread occupied. */
  readonly slotOccupied: number
  readonly recordsWritten: number
  readonly recordsDropped: number
  readonly fallbacks: number
  readonly refusedDecisions: number
}
export const NO_COUNTS: Counters = {
  actionRequired: 0,
  actionOptional: 0,
  seaExits: 0,
  slotOccupied: 0,
  recordsWritten: 0,
  recordsDropped: 0,
  fallbacks: 0,
  refusedDecisions: 0
}

/** A vCPU that is outside of KVM_RUN and has nothing waiting. */
export const IDLE_VCPU = {
  inRun: false,
  sigbus: undefined,
  waiting: undefined,
  staleExit: false
} as const satisfies Partial<Vcpu>

export interface Decided {
  readonly time: number
  readonly code: MemoryError['code']
  readonly vcpu: number | undefined
  readonly guestPhysical: bigint | undefined
  readonly action: string
  readonly because: string
  readonly fallback: boolean
}

export function changeVcpu(vm: Vm, index: number, change: Partial<Vcpu>): Vm {
  return { ...vm, vcpus: vm.vcpus.map((vcpu, i) => (i === index ? { ...vcpu, ...change } : vcpu)) }
}

export function count(vm: Vm, name: keyof Counters): Vm {
  return { ...vm, counters: { ...vm.counters, [name]: vm.counters[name] + 1 } }
}
