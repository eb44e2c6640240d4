import { PSR_DAIF, PSR_MODE_EL1H } from './pstate.ts'

/** Exceptions KVM has decided on and not yet written into PC and PSTATE. */
export type PendingException = 'EXCEPT_AA64_EL1_SYNC' | 'EXCEPT_AA64_EL1_SERR'

/** An access that KVM has left to the VMM, as kvm_run.mmio and ESR_EL2.ISS describe it. */
export interface Mmio {
  readonly guestPhysical: bigint
  readonly length: 1 | 2 | 4 | 8
  readonly isWrite: boolean
  /** What the guest wrote, or what the VMM has answered to a read. */
  readonly data: bigint
  /** Register number of the access; 31 is xzr. */
  readonly srt: number
  /** The value read is sign extended. */
  readonly sse: boolean
  /** The register is 64 bits wide. */
  readonly sf: boolean
}

/** Registers of EL1 that this model keeps, by their architectural names. */
export interface SystemRegisters {
  readonly vbar_el1: bigint
  readonly esr_el1: bigint
  readonly far_el1: bigint
  readonly elr_el1: bigint
  readonly spsr_el1: bigint
  readonly sctlr_el1: bigint
  readonly disr_el1: bigint
}

/**
 * One vCPU as KVM keeps it between two KVM_RUNs.
 *
 * Spec: Linux 6.1, arch/arm64/include/asm/kvm_host.h, struct kvm_vcpu_arch, struct kvm_vcpu_fault_info.
 * Fidelity: approximates; the registers an error path reads or writes, AArch64 EL1 only. AArch32 EL1, nested guests,
 * floating point, timers and the virtual GIC's state are omitted.
 */
export interface VcpuState extends SystemRegisters {
  readonly index: number
  /** Thread of the VMM that calls KVM_RUN. */
  readonly tid: number
  /** KVM_ARM_VCPU_INIT was done. */
  readonly initialised: boolean
  /** x0 to x30. */
  readonly x: readonly bigint[]
  readonly pc: bigint
  readonly pstate: bigint
  /** ESR_EL2 of the last exit that was not an interrupt. */
  readonly esr_el2: bigint
  /** FAR_EL2 and HPFAR_EL2 of the last abort. */
  readonly far_el2: bigint
  readonly hpfar_el2: bigint
  /** HCR_EL2.VSE: a virtual SError is pending. */
  readonly vse: boolean
  readonly vsesr_el2: bigint
  readonly pendingException: PendingException | undefined
  /** KVM has emulated the instruction at PC; PC moves at the next entry. */
  readonly incrementPc: boolean
  /** Offset from VBAR_EL1 of the exception taken since the guest last ran. */
  readonly enteredVector: number | undefined
  /** The MMIO exit that the next KVM_RUN completes. */
  readonly mmio: Mmio | undefined
  /** kvm_run.exit_reason. */
  readonly exitReason: number
}

/** What KVM gives registers that have no architectural reset value: reading it back shows they were never written. */
export const RESET_UNKNOWN = 0x1de7_ec7e_dbad_c0den

/** KVM's value of SCTLR_EL1 at reset: MMU and caches off, SPAN set. */
export const SCTLR_EL1_RESET = 0x00c5_0078n

/**
 * A vCPU after KVM_CREATE_VCPU and KVM_ARM_VCPU_INIT: EL1h with everything masked, general registers zero.
 *
 * Spec: Linux 6.1, arch/arm64/kvm/reset.c, kvm_reset_vcpu; sys_regs.c, reset_unknown, sys_reg_descs.
 * Fidelity: exact for the registers kept.
 */
export function createVcpu(index: number, tid: number, initialised = true): VcpuState {
  return {
    index,
    tid,
    initialised,
    x: new Array<bigint>(31).fill(0n),
    pc: 0n,
    pstate: PSR_DAIF | PSR_MODE_EL1H,
    vbar_el1: 0n,
    esr_el1: RESET_UNKNOWN,
    far_el1: RESET_UNKNOWN,
    elr_el1: 0n,
    spsr_el1: 0n,
    sctlr_el1: SCTLR_EL1_RESET,
    disr_el1: 0n,
    esr_el2: 0n,
    far_el2: 0n,
    hpfar_el2: 0n,
    vse: false,
    vsesr_el2: 0n,
    pendingException: undefined,
    incrementPc: false,
    enteredVector: undefined,
    mmio: undefined,
    exitReason: 0
  }
}

/** x0 to x30 by number; 31 reads as zero. */
export function readX(vcpu: VcpuState, register: number): bigint {
  return vcpu.x[register] ?? 0n
}

/** A write to 31 is dropped. */
export function writeX(vcpu: VcpuState, register: number, value: bigint): VcpuState {
  if (register === 31) return vcpu
  const x = vcpu.x.slice()
  x[register] = BigInt.asUintN(64, value)
  return { ...vcpu, x }
}
