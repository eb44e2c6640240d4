import { encodeDataAbort, encodeInstructionAbort } from '../../../shared/formats/esr-abort.ts'
import type { Io } from '../../../shared/model/io.ts'
import { exceptionPstate, exceptionVector } from '../../../shared/linux/kvm/enter-exception.ts'
import { fromUser } from '../../../shared/linux/kvm/pstate.ts'
import { getRegister, setRegister } from '../calls.ts'

const FSC_SYNC_EXTERNAL_ABORT = 0x10

/** The ESR of an abort, by whether the guest was at EL0. */
export type Abort = (lowerEl: boolean) => bigint

/**
 * 0x92000410 from EL0 and 0x96000410 from EL1: always a data abort, whatever the guest did, and FAR not valid.
 *
 * Spec: QEMU 10.2 target/arm/kvm.c, kvm_inject_arm_sea; target/arm/syndrome.h, syn_data_abort_no_iss.
 * Fidelity: exact.
 */
export const QEMU_ABORT: Abort = (lowerEl) => encodeDataAbort({ lowerEl, fnv: true, fsc: FSC_SYNC_EXTERNAL_ABORT })

/** For a fetch, which KVM_SET_VCPU_EVENTS cannot describe. */
export const INSTRUCTION_ABORT: Abort = (lowerEl) => {
  return encodeInstructionAbort({ lowerEl, fnv: true, fsc: FSC_SYNC_EXTERNAL_ABORT })
}

/**
 * Enters the exception by hand, as the CPU would: KVM knows nothing of it. FAR_EL1 stays as it was, since the syndrome
 * says that it is not valid. PC comes last; false when KVM did not give or take a register.
 *
 * Spec: QEMU 10.2 target/arm/kvm.c, kvm_inject_arm_sea; target/arm/helper.c, arm_cpu_do_interrupt; Arm DDI 0487,
 * AArch64.TakeException.
 * Fidelity: omits PSTATE bits that the model of KVM does not keep; QEMU writes every register of the vCPU back.
 */
export function enterByRegisters(vm: string, vcpu: number, abort: Abort, io: Io): boolean {
  const pc = getRegister(io, vm, vcpu, 'pc')
  const pstate = getRegister(io, vm, vcpu, 'pstate')
  const vbar = getRegister(io, vm, vcpu, 'vbar_el1')
  const sctlr = getRegister(io, vm, vcpu, 'sctlr_el1')
  if (pc === undefined || pstate === undefined || vbar === undefined || sctlr === undefined) return false
  const vector = BigInt(exceptionVector(pstate, 'except_type_sync'))
  return (
    setRegister(io, vm, vcpu, 'esr_el1', abort(fromUser(pstate))) &&
    setRegister(io, vm, vcpu, 'elr_el1', pc) &&
    setRegister(io, vm, vcpu, 'spsr_el1', pstate) &&
    setRegister(io, vm, vcpu, 'pstate', exceptionPstate(pstate, sctlr)) &&
    setRegister(io, vm, vcpu, 'pc', BigInt.asUintN(64, vbar + vector))
  )
}
