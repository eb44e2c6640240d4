import type { Interrupted } from '../../shared/contracts/common.ts'
import { createKernel } from '../../shared/linux/kernel/create.ts'
import { EMPTY_LOG, type KernelLog } from '../../shared/linux/kernel/log.ts'
import type { KernelState } from '../../shared/linux/kernel/state.ts'
import { HOST_IMAGE_OFFSET, kernelFrames } from '../../shared/linux/mm/kernel-frames.ts'
import type { VcpuState } from '../../shared/linux/kvm/vcpu.ts'
import type { VmState } from '../../shared/linux/kvm/vm.ts'

/** One host kernel: Linux, its processes and KVM. */
export interface HostState {
  readonly booted: boolean
  /** Why firmware has stopped the platform, if it has. */
  readonly halted: string | undefined
  readonly kernel: KernelState
  readonly log: KernelLog
  readonly vms: ReadonlyMap<string, HostVm>
  /** By polled source: when its timer fired last (ns), and the word that is watched for it instead of polling idly. */
  readonly polls: ReadonlyMap<number, Poll>
  /** What each thread of a host process is doing to memory, by tid. */
  readonly threads: ReadonlyMap<number, ThreadWork>
}

export interface Poll {
  readonly last: number
  readonly watched: bigint | undefined
}

/** KVM's side of one VM. */
export interface HostVm {
  /** SPIs whose line went high while vCPU 0 was out: taken at its next entry, once each. */
  readonly pendingIrqs: ReadonlySet<number>
  readonly name: string
  readonly kvm: VmState
  /** The 2017 patch: the VMM is told the exception behind a signal. */
  readonly exposeException: boolean
  readonly vcpus: readonly HostVcpu[]
}
export interface HostVcpu {
  readonly state: VcpuState
  /** Thread of the VMM that calls KVM_RUN. */
  readonly tid: number
  /** Inside KVM_RUN. */
  readonly running: boolean
  /** Id of the ioctl that pended the exception which the guest has yet to take. */
  readonly pendedBy?: string | undefined
}

export interface Work {
  readonly pid: number
  readonly tid: number
  readonly hostVirtual: bigint
  readonly access: Interrupted['access']
  readonly via: 'user' | 'syscall'
  readonly pc: bigint
  /** Id of the message that asked for it. */
  readonly askedBy: string
}
export interface ThreadWork {
  readonly current: Work | undefined
  readonly waiting: readonly Work[]
}

/** RAM of the default machine: two ranges, the second is what the recordings call node 1. */
export const DEFAULT_MEMORY = [
  { start: 0x1800_0000n, end: 0x2000_0000n },
  { start: 0x4000_0000n, end: 0x8000_0000n }
]

/** GSI of the GED whose _EVT notifies PNP0C33, as the default HEST's GSIV source has it. */
export const GED_GSI = 233

export function newHost(setup: Parameters<typeof createKernel>[0] = {}): HostState {
  const { memory = DEFAULT_MEMORY, frames = [] } = setup
  return {
    booted: false,
    halted: undefined,
    // The firmware layer dispatches SDEI events, so the kernel finds the interface at boot.
    kernel: createKernel({
      ...setup,
      memory,
      frames: [...frames, ...kernelFrames(memory, HOST_IMAGE_OFFSET)],
      options: { sdei: true, ...setup.options }
    }),
    log: EMPTY_LOG,
    vms: new Map(),
    polls: new Map(),
    threads: new Map()
  }
}
