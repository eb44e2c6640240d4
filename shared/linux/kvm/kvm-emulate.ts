import { isDataAbort, isInstructionAbort } from '../../formats/esr.ts'
import { decodeAbort, type Abort } from '../../formats/esr-abort.ts'
import type { VcpuState } from './vcpu.ts'

/** Fault types of stage 2: FSC without its level. */
export const ESR_ELX_FSC_FAULT = 0x04
export const ESR_ELX_FSC_ACCESS = 0x08
export const ESR_ELX_FSC_PERM = 0x0c
const ESR_ELX_FSC_TYPE = 0x3c

/** External abort or ECC error on the access (0x10, 0x18) or on a table walk (levels 0 to 3, and -1 where known). */
const SEA_FSC: ReadonlySet<number> = new Set([0x10, 0x14, 0x15, 0x16, 0x17, 0x18, 0x1c, 0x1d, 0x1e, 0x1f])
const SEA_FSC_LEVEL_MINUS_1: ReadonlySet<number> = new Set([0x13, 0x1b])
const SEA_TTW_FSC: ReadonlySet<number> = new Set([0x13, 0x14, 0x15, 0x16, 0x17])

/** The last exit as an abort; undefined when it was something else. */
export function lastAbort({ esr_el2 }: Pick<VcpuState, 'esr_el2'>): Abort | undefined {
  return isDataAbort(esr_el2) || isInstructionAbort(esr_el2) ? decodeAbort(esr_el2) : undefined
}

/** kvm_vcpu_trap_get_fault_type(). */
export function faultType({ fsc }: Abort): number {
  return fsc & ESR_ELX_FSC_TYPE
}

/**
 * kvm_vcpu_abt_issea().
 *
 * Spec: Linux 6.1 and 6.12, arch/arm64/include/asm/kvm_emulate.h, kvm_vcpu_abt_issea; asm/esr.h, esr_fsc_is_sea_ttw.
 * Fidelity: exact.
 */
export function isSea({ fsc }: Abort, levelMinusOne: boolean): boolean {
  return SEA_FSC.has(fsc) || (levelMinusOne && SEA_FSC_LEVEL_MINUS_1.has(fsc))
}

/** esr_fsc_is_sea_ttw(): external abort, not ECC, on a table walk. */
export function isSeaOnWalk({ fsc }: Abort): boolean {
  return SEA_TTW_FSC.has(fsc)
}

/**
 * kvm_is_write_fault(): a walk counts as a write only when it failed for permission, for then the CPU was updating
 * flags in the guest's table.
 *
 * Spec: Linux 6.1, arch/arm64/include/asm/kvm_emulate.h, kvm_is_write_fault.
 * Fidelity: exact.
 */
export function isWriteFault(abort: Abort, instruction: boolean): boolean {
  if (abort.s1ptw) return faultType(abort) === ESR_ELX_FSC_PERM
  return !instruction && abort.wnr
}

/** HPFAR_EL2.FIPA, bits 43:4, holds IPA[51:12]. */
const FIPA_MASK = 0xfff_ffff_fff0n

/** Page of the IPA that could not be translated. */
export function faultIpa({ hpfar_el2 }: Pick<VcpuState, 'hpfar_el2'>): bigint {
  return (hpfar_el2 & FIPA_MASK) << 8n
}

/** HPFAR_EL2 for an IPA. */
export function hpfarOf(guestPhysical: bigint): bigint {
  return (guestPhysical >> 8n) & FIPA_MASK
}

/** The IPA of an access: HPFAR for the page, FAR for the offset in it. */
export function accessIpa(vcpu: Pick<VcpuState, 'hpfar_el2' | 'far_el2'>): bigint {
  return faultIpa(vcpu) | (vcpu.far_el2 & 0xfffn)
}
