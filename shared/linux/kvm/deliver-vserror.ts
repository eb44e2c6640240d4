import { enterException } from './enter-exception.ts'
import { serrorEsr } from './inject-serror.ts'
import { PSR_A_BIT, serrorMasked } from './pstate.ts'
import type { VcpuState } from './vcpu.ts'

/** DISR_EL1.A: an SError was deferred into the register. */
export const DISR_A = 1n << 31n

/**
 * The CPU takes a pending virtual SError as soon as PSTATE.A is clear at EL1 or EL0; undefined while there is none or
 * it is masked. FAR_EL1 stays as it was.
 *
 * Spec: Arm DDI 0487 J.a, D1.13.4 (virtual interrupts), AArch64.TakeVirtualSErrorException, VSESR_EL2.
 * Fidelity: omits the implementation defined syndrome of a CPU without RAS, which has no VSESR_EL2.
 */
export function deliverVserror(vcpu: VcpuState): VcpuState | undefined {
  if (!vcpu.vse || serrorMasked(vcpu.pstate)) return undefined
  return { ...enterException(vcpu, 'except_type_serror'), esr_el1: serrorEsr(vcpu.vsesr_el2), vse: false }
}

/**
 * ESB in the guest: a pending virtual SError that is masked is deferred into what the guest reads as DISR_EL1 (VDISR_EL2)
 * and is not pending any more; one that is not masked is taken.
 *
 * Spec: Arm DDI 0487 J.a, AArch64.vESBOperation, VDISR_EL2.
 * Fidelity: exact for AArch64.
 */
export function errorSynchronizationBarrier(vcpu: VcpuState): VcpuState {
  const taken = deliverVserror(vcpu)
  if (taken !== undefined) return taken
  return vcpu.vse ? { ...vcpu, vse: false, disr_el1: DISR_A | vcpu.vsesr_el2 } : vcpu
}

/**
 * ISR_EL1 as the guest reads it: bit A while a virtual SError waits, masked or not.
 *
 * Spec: Arm DDI 0487 J.a, D19.2.65 (ISR_EL1).
 * Fidelity: omits I and F.
 */
export function isrEl1(vcpu: VcpuState): bigint {
  return vcpu.vse ? PSR_A_BIT : 0n
}
