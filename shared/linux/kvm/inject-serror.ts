import { EC, encodeEsr, ESR_ISS_MASK } from '../../formats/esr.ts'
import { encodeSError } from '../../formats/esr-serror.ts'
import type { Kernel } from '../kernel/state.ts'
import { knob } from '../profile.ts'
import { serrorMasked } from './pstate.ts'
import type { VcpuState } from './vcpu.ts'

/** ESR_EL1 of an SError with this ISS. */
export function serrorEsr(iss: bigint): bigint {
  return encodeEsr({ ec: EC.serror, il: true, iss: Number(iss & ESR_ISS_MASK) })
}

/**
 * A virtual SError with this ISS. It stays pending in HCR_EL2.VSE until the guest unmasks; a version that emulates the
 * entry itself does so for a vCPU that does not mask it.
 *
 * Spec: Linux 6.1.192, arch/arm64/kvm/inject_fault.c, kvm_set_sei_esr, pend_guest_serror; 7.3.4, kvm_inject_serror_esr.
 * Fidelity: omits SCTLR2_EL1.NMEA and nested guests.
 */
export function injectSerror(k: Kernel, vcpu: VcpuState, iss: bigint): VcpuState {
  if (knob(k.version, 'serrorEmulatedWhenUnmasked') && !serrorMasked(vcpu.pstate)) {
    return { ...vcpu, esr_el1: serrorEsr(iss), pendingException: 'EXCEPT_AA64_EL1_SERR' }
  }
  return { ...vcpu, vse: true, vsesr_el2: iss & ESR_ISS_MASK }
}

/** IDS alone: an SError that says nothing. */
const UNDESCRIBED = encodeSError({ ids: true }) & ESR_ISS_MASK

/**
 * kvm_inject_vabt(): an SError without a syndrome. IDS is set, lest the guest take zeros for an uncategorised error.
 *
 * Spec: Linux 6.1, arch/arm64/kvm/inject_fault.c, kvm_inject_vabt.
 * Fidelity: exact.
 */
export function injectVabt(k: Kernel, vcpu: VcpuState): VcpuState {
  return injectSerror(k, vcpu, UNDESCRIBED)
}
