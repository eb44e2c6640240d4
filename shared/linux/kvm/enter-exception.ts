import {
  PSR_C_BIT,
  PSR_DAIF,
  PSR_DIT_BIT,
  PSR_MODE_EL1H,
  PSR_MODE_EL1T,
  PSR_MODE_MASK,
  PSR_MODE32_BIT,
  PSR_N_BIT,
  PSR_PAN_BIT,
  PSR_SSBS_BIT,
  PSR_V_BIT,
  PSR_Z_BIT,
  SCTLR_EL1_SPAN,
  SCTLR_ELX_DSSBS
} from './pstate.ts'
import type { VcpuState } from './vcpu.ts'

/** Vectors of VBAR_EL1 by where the exception came from. */
export const VECTOR_OFFSET = {
  CURRENT_EL_SP_EL0_VECTOR: 0x000,
  CURRENT_EL_SP_ELx_VECTOR: 0x200,
  LOWER_EL_AArch64_VECTOR: 0x400,
  LOWER_EL_AArch32_VECTOR: 0x600
} as const

/** Added to it by kind of exception. */
export const EXCEPTION_TYPE = {
  except_type_sync: 0x000,
  except_type_irq: 0x080,
  except_type_fiq: 0x100,
  except_type_serror: 0x180
} as const
export type ExceptionType = keyof typeof EXCEPTION_TYPE

/** Offset from VBAR_EL1 of an exception to EL1h from this PSTATE. */
export function exceptionVector(pstate: bigint, type: ExceptionType): number {
  const mode = pstate & (PSR_MODE_MASK | PSR_MODE32_BIT)
  const from =
    mode === PSR_MODE_EL1H
      ? VECTOR_OFFSET.CURRENT_EL_SP_ELx_VECTOR
      : mode === PSR_MODE_EL1T
        ? VECTOR_OFFSET.CURRENT_EL_SP_EL0_VECTOR
        : (mode & PSR_MODE32_BIT) === 0n
          ? VECTOR_OFFSET.LOWER_EL_AArch64_VECTOR
          : VECTOR_OFFSET.LOWER_EL_AArch32_VECTOR
  return from + EXCEPTION_TYPE[type]
}

const KEPT = PSR_N_BIT | PSR_Z_BIT | PSR_C_BIT | PSR_V_BIT | PSR_DIT_BIT | PSR_PAN_BIT

/** PSTATE after an exception to EL1h. */
export function exceptionPstate(old: bigint, sctlr: bigint): bigint {
  const pan = (sctlr & SCTLR_EL1_SPAN) === 0n ? PSR_PAN_BIT : 0n
  const ssbs = (sctlr & SCTLR_ELX_DSSBS) === 0n ? 0n : PSR_SSBS_BIT
  return (old & KEPT) | pan | ssbs | PSR_DAIF | PSR_MODE_EL1H
}

/**
 * The vCPU takes an exception to EL1: ELR is the interrupted PC, SPSR the old PSTATE, everything is masked. KVM does
 * this for what it injects and the CPU does the same for a virtual SError. ESR and FAR are the caller's.
 *
 * Spec: Linux 6.1, arch/arm64/kvm/hyp/exception.c, enter_exception64; Arm DDI 0487 J.a, AArch64.TakeException.
 * Fidelity: omits PSTATE.TCO, which KVM sets when the VM has MTE.
 */
export function enterException(vcpu: VcpuState, type: ExceptionType): VcpuState {
  const vector = exceptionVector(vcpu.pstate, type)
  return {
    ...vcpu,
    elr_el1: vcpu.pc,
    spsr_el1: vcpu.pstate,
    pc: BigInt.asUintN(64, vcpu.vbar_el1 + BigInt(vector)),
    pstate: exceptionPstate(vcpu.pstate, vcpu.sctlr_el1),
    enteredVector: vector
  }
}
