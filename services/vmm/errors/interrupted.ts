import type { KvmExit } from '../../../shared/contracts/kvm.ts'

/**
 * The registers of a guest that a VMM can look at once KVM_RUN is back.
 *
 * Spec: Linux 6.1, Documentation/virt/kvm/api.rst 4.69, KVM_GET_ONE_REG; arch/arm64/kvm/guest.c, kvm_arm_get_reg.
 * Fidelity: approximates. The exit brings them along, where a VMM would ask for each.
 */
export function interruptedAt({ pc, pstate }: KvmExit): Pick<KvmExit, 'pc' | 'pstate'> {
  return { pc, ...(pstate === undefined ? {} : { pstate }) }
}
