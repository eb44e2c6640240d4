/**
 * PSTATE as SPSR_EL1 holds it, from AArch64.
 *
 * Spec: Linux 6.1, arch/arm64/include/uapi/asm/ptrace.h; Arm DDI 0487 J.a, C5.2.18 (SPSR_EL1).
 * Fidelity: exact for the bits listed.
 */
export const PSR_MODE_EL0T = 0x0n
export const PSR_MODE_EL1T = 0x4n
export const PSR_MODE_EL1H = 0x5n
export const PSR_MODE_MASK = 0xfn
export const PSR_MODE32_BIT = 0x10n
export const PSR_F_BIT = 0x40n
export const PSR_I_BIT = 0x80n
export const PSR_A_BIT = 0x100n
export const PSR_D_BIT = 0x200n
export const PSR_SSBS_BIT = 0x1000n
export const PSR_PAN_BIT = 0x0040_0000n
export const PSR_DIT_BIT = 0x0100_0000n
export const PSR_V_BIT = 0x1000_0000n
export const PSR_C_BIT = 0x2000_0000n
export const PSR_Z_BIT = 0x4000_0000n
export const PSR_N_BIT = 0x8000_0000n

/** D, A, I and F: everything masked, as after an exception. */
export const PSR_DAIF = PSR_D_BIT | PSR_A_BIT | PSR_I_BIT | PSR_F_BIT

/** SCTLR_EL1.SPAN: an exception to EL1 leaves PSTATE.PAN alone. */
export const SCTLR_EL1_SPAN = 1n << 23n
/** SCTLR_EL1.DSSBS: PSTATE.SSBS after an exception to EL1. */
export const SCTLR_ELX_DSSBS = 1n << 44n

/** Whether a vCPU with this PSTATE takes no SError. */
export function serrorMasked(pstate: bigint): boolean {
  return (pstate & PSR_A_BIT) !== 0n
}

/** Whether the guest is at EL0, or in AArch32, which at this level can only be EL0. */
export function fromUser(pstate: bigint): boolean {
  return (pstate & PSR_MODE32_BIT) !== 0n || (pstate & PSR_MODE_MASK) === PSR_MODE_EL0T
}
