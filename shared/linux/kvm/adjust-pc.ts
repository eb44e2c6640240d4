import { enterException } from './enter-exception.ts'
import type { VcpuState } from './vcpu.ts'

/** Bytes of an A64 instruction. */
const INSTRUCTION_SIZE = 4n

const TYPE_OF = {
  EXCEPT_AA64_EL1_SYNC: 'except_type_sync',
  EXCEPT_AA64_EL1_SERR: 'except_type_serror'
} as const

/**
 * __kvm_adjust_pc(): commits what KVM has decided on, before the guest runs: the exception, or the step over an
 * instruction it has emulated. Both never happen together.
 *
 * Spec: Linux 6.1, arch/arm64/kvm/hyp/exception.c, __kvm_adjust_pc, kvm_inject_exception.
 * Fidelity: omits AArch32 instructions of 2 bytes.
 */
export function adjustPc(vcpu: VcpuState): VcpuState {
  const { pendingException, incrementPc } = vcpu
  const settled: VcpuState = { ...vcpu, pendingException: undefined, incrementPc: false }
  if (pendingException !== undefined) return enterException(settled, TYPE_OF[pendingException])
  return incrementPc ? { ...settled, pc: BigInt.asUintN(64, vcpu.pc + INSTRUCTION_SIZE) } : vcpu
}
