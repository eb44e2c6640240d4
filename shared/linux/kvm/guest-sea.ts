import { encodeDataAbort, encodeInstructionAbort, type Abort } from '../../formats/esr-abort.ts'
import { KVM_EXIT_ARM_SEA_FLAG_GPA_VALID } from '../../formats/kvm-run-arm-sea.ts'
import { apeiClaimSea } from '../apei/apei-claim-sea.ts'
import type { Context, Kernel } from '../kernel/state.ts'
import { runSynchronousWork } from '../mm/memory-failure-queue.ts'
import { KVM_EXIT_ARM_SEA, RESUME, type Exit, type Next } from './exit.ts'
import { injectVabt } from './inject-serror.ts'
import { faultIpa, isSeaOnWalk } from './kvm-emulate.ts'
import type { VcpuState } from './vcpu.ts'
import type { VmState } from './vm.ts'

export interface GuestSea {
  readonly abort: Abort
  readonly instruction: boolean
  /** HPFAR_EL2 means something for this abort. */
  readonly ipaValid: boolean
  /** The vCPU's thread. */
  readonly context: Context
}

/**
 * kvm_handle_guest_sea(): an external abort the guest ran into. APEI gets the first chance; claimed, the guest goes on
 * and touches the memory again. Not claimed, the guest gets a virtual SError, an asynchronous exception for a
 * synchronous error, unless the VMM has asked to decide itself and the abort is not the host's own.
 *
 * Spec: Linux 6.1.192, arch/arm64/kvm/mmu.c, kvm_handle_guest_abort; arch/arm64/include/asm/kvm_ras.h,
 * kvm_handle_guest_sea; 7.3.4, arch/arm64/kvm/mmu.c, kvm_handle_guest_sea.
 * Fidelity: exact for a guest without nesting. What a signal sent meanwhile does to KVM_RUN is the caller's affair.
 */
export function handleGuestSea(
  k: Kernel,
  vm: VmState,
  vcpu: VcpuState,
  sea: GuestSea
): { readonly next: VcpuState; readonly outcome: Next } {
  const { claimed, queued } = apeiClaimSea(k, sea.context)
  if (claimed) {
    // Before the guest is entered again, as before a return to user space.
    runSynchronousWork(k, sea.context, queued)
    return { next: vcpu, outcome: k.panic === undefined ? RESUME : { kind: 'host-panic' } }
  }
  if (k.panic !== undefined) return { next: vcpu, outcome: { kind: 'host-panic' } }
  if (vm.caps.seaToUser && !hostOwnsSea(k, sea.abort)) {
    return { next: vcpu, outcome: { kind: 'exit', exit: armSeaExit(k, vcpu, sea) } }
  }
  return { next: injectVabt(k, vcpu), outcome: RESUME }
}

/**
 * host_owns_sea(): without RAS the guest's own aborts never come here, so it was KVM's memory; with S1PTW it was a
 * stage-2 table, read for a stage-1 walk.
 *
 * Spec: Linux 7.3.4, arch/arm64/kvm/mmu.c, host_owns_sea.
 * Fidelity: omits VNCR accesses of nested guests.
 */
function hostOwnsSea(k: Kernel, abort: Abort): boolean {
  return !k.options.ras || (isSeaOnWalk(abort) && abort.s1ptw)
}

/** struct kvm_run.arm_sea: the syndrome without what describes the instruction, and the addresses that are valid. */
function armSeaExit(k: Kernel, vcpu: VcpuState, { abort, instruction, ipaValid }: GuestSea): Exit {
  const { lowerEl, il, fnv, ea, fsc } = abort
  const common = { lowerEl, il, fnv, ea, fsc, set: k.options.ras ? abort.set : 0 }
  const esr = instruction
    ? encodeInstructionAbort(common)
    : encodeDataAbort({ ...common, cm: abort.cm, wnr: abort.wnr })
  return {
    ret: 0,
    errno: 0,
    exitReason: KVM_EXIT_ARM_SEA,
    armSea: {
      flags: ipaValid ? KVM_EXIT_ARM_SEA_FLAG_GPA_VALID : 0n,
      esr,
      gva: fnv ? 0n : vcpu.far_el2,
      gpa: ipaValid ? faultIpa(vcpu) : 0n
    }
  }
}
