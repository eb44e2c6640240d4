import { decodeEsr } from '../../formats/esr.ts'
import { encodeDataAbort, encodeInstructionAbort } from '../../formats/esr-abort.ts'
import type { Kernel } from '../kernel/state.ts'
import { knob } from '../profile.ts'
import { lastAbort } from './kvm-emulate.ts'
import { fromUser } from './pstate.ts'
import type { VcpuState } from './vcpu.ts'

const FSC_EXTABT = 0x10
/** Plus the level of the walk. */
const FSC_SEA_TTW = 0x14
const FSC_MASK = 0x3fn

/** Level of the stage-1 descriptor that could not be read; undefined where KVM's own walk does not find it any more. */
export type WalkLevel = 0 | 1 | 2 | 3 | undefined

export interface InjectedAbort {
  readonly instruction: boolean
  /** What FAR_EL1 will hold. */
  readonly address: bigint
  /** Only asked for after an abort with S1PTW. */
  readonly walkLevel?: WalkLevel
}

/**
 * inject_abt64(): an external abort for the guest's EL1. ESR_EL1 and FAR_EL1 are written at once, PC and PSTATE follow
 * when the pending exception is committed. IL is the one of whatever exit KVM recorded last, unless the version always
 * sets it; on 6.1 the exception class is a negative C integer, so the upper half of ESR_EL1 becomes ones. A version
 * that looks at S1PTW reports the level of the walk, or injects nothing when it cannot find it.
 *
 * Spec: Linux 6.1.192, 6.12 and 7.3.4, arch/arm64/kvm/inject_fault.c, inject_abt64.
 * Fidelity: omits AArch32 EL1, SCTLR2_EL1.EASE and nested guests.
 */
function injectAbt64(k: Kernel, vcpu: VcpuState, abort: InjectedAbort): VcpuState {
  const { instruction, address, walkLevel } = abort
  const walk = knob(k.version, 'abtFollowsS1ptw') && (lastAbort(vcpu)?.s1ptw ?? false)
  if (walk && walkLevel === undefined) return vcpu
  const syndrome = {
    lowerEl: fromUser(vcpu.pstate),
    il: knob(k.version, 'extDabtIlAlwaysSet') || decodeEsr(vcpu.esr_el2).il,
    fsc: walk ? FSC_SEA_TTW + (walkLevel ?? 0) : FSC_EXTABT
  }
  const esr = instruction ? encodeInstructionAbort(syndrome) : encodeDataAbort(syndrome)
  return {
    ...vcpu,
    esr_el1: knob(k.version, 'extDabtEsrUpper') | esr,
    far_el1: address,
    pendingException: 'EXCEPT_AA64_EL1_SYNC'
  }
}

/** kvm_inject_dabt(). */
export function injectDabt(k: Kernel, vcpu: VcpuState, address: bigint, walkLevel?: WalkLevel): VcpuState {
  return injectAbt64(k, vcpu, { instruction: false, address, walkLevel })
}

/** kvm_inject_pabt(). */
export function injectPabt(k: Kernel, vcpu: VcpuState, address: bigint): VcpuState {
  return injectAbt64(k, vcpu, { instruction: true, address })
}

/**
 * kvm_inject_size_fault(): an address size fault at level 0, for an IPA that no guest could have.
 *
 * Spec: Linux 6.1, arch/arm64/kvm/inject_fault.c, kvm_inject_size_fault.
 * Fidelity: omits AArch32 EL1.
 */
export function injectSizeFault(k: Kernel, vcpu: VcpuState, instruction: boolean, address: bigint): VcpuState {
  const next = injectAbt64(k, vcpu, { instruction, address })
  return next === vcpu ? vcpu : { ...next, esr_el1: next.esr_el1 & ~FSC_MASK }
}
