import type { Kernel } from '../kernel/state.ts'
import { runningProcess, threadOf } from '../kernel/task.ts'
import { adjustPc } from './adjust-pc.ts'
import { deliverVserror } from './deliver-vserror.ts'
import { INTERRUPTED, KVM_EXIT_MMIO, KVM_EXIT_UNKNOWN, type Exit } from './exit.ts'
import { ENOEXEC } from './ioctl.ts'
import { handleMmioReturn } from './mmio.ts'
import type { VcpuState } from './vcpu.ts'
import type { VmState } from './vm.ts'

/** What the guest finds when it runs. */
export interface Entry {
  readonly pc: bigint
  readonly pstate: bigint
  /** The exception it has just taken, if it has taken one; `vector` is the offset from VBAR_EL1. */
  readonly exception?: {
    readonly vector: number
    readonly esr_el1: bigint
    readonly far_el1: bigint
    readonly elr_el1: bigint
    readonly spsr_el1: bigint
  }
}

export type RunResult =
  | { readonly kind: 'enter'; readonly next: VcpuState; readonly entry: Entry }
  | { readonly kind: 'exit'; readonly next: VcpuState; readonly exit: Exit }

/**
 * KVM_RUN up to the guest's first instruction: finishes an MMIO exit, gives way to a pending signal, commits a pending
 * exception or the step over an emulated instruction, and lets the CPU take a virtual SError that is not masked. An
 * injected abort goes first and masks the SError, which waits until the guest unmasks.
 *
 * Spec: Linux 6.1, arch/arm64/kvm/arm.c, kvm_arch_vcpu_ioctl_run; hyp/include/hyp/switch.h, ___activate_traps.
 * Fidelity: omits immediate_exit, vCPU requests and interrupts.
 */
export function vcpuRun(k: Kernel, vm: VmState, vcpu: VcpuState): RunResult {
  const fail = (exit: Exit, next: VcpuState): RunResult => ({ kind: 'exit', next, exit })
  if (!vcpu.initialised) return fail({ ret: -1, errno: ENOEXEC, exitReason: vcpu.exitReason }, vcpu)
  const finished = vcpu.exitReason === KVM_EXIT_MMIO ? handleMmioReturn(vcpu) : vcpu
  const returned: VcpuState = { ...finished, exitReason: KVM_EXIT_UNKNOWN }
  if (signalPending(k, vm, returned)) {
    return fail(INTERRUPTED, { ...returned, exitReason: INTERRUPTED.exitReason })
  }
  return enterGuest(returned)
}

/** Enters the guest again within one KVM_RUN, after an exit that was handled in the kernel. */
export function enterGuest(vcpu: VcpuState): Extract<RunResult, { kind: 'enter' }> {
  const committed = adjustPc(vcpu)
  const entered = deliverVserror(committed) ?? committed
  const { pc, pstate, esr_el1, far_el1, elr_el1, spsr_el1, enteredVector: vector } = entered
  const exception = vector === undefined ? {} : { exception: { vector, esr_el1, far_el1, elr_el1, spsr_el1 } }
  return { kind: 'enter', next: { ...entered, enteredVector: undefined }, entry: { pc, pstate, ...exception } }
}

function signalPending(k: Kernel, vm: VmState, vcpu: VcpuState): boolean {
  const process = runningProcess(k, vm.pid)
  const thread = process === undefined ? undefined : threadOf(process, vcpu.tid)
  return process !== undefined && thread?.pending !== undefined && !thread.sigbus.blocked
}
