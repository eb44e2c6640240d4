import { EINVAL } from '../kernel/errno.ts'
import type { Kernel } from '../kernel/state.ts'
import { knob } from '../profile.ts'
import { failure, SUCCESS, type IoctlResult } from './ioctl.ts'
import type { VmState } from './vm.ts'

interface Capability {
  readonly number: number
  readonly value: (k: Kernel) => number
}

/**
 * KVM_CHECK_EXTENSION: the capabilities of the error path, in the order of their numbers.
 *
 * Spec: Linux 6.1 and 7.3.4, arch/arm64/kvm/arm.c, kvm_vm_ioctl_check_extension; include/uapi/linux/kvm.h.
 * Fidelity: omits every other capability, which reads 0 here.
 */
const CAPABILITIES = {
  KVM_CAP_USER_MEMORY: { number: 3, value: () => 1 },
  KVM_CAP_VCPU_EVENTS: { number: 41, value: () => 1 },
  KVM_CAP_ARM_INJECT_SERROR_ESR: { number: 158, value: (k) => (k.options.ras ? 1 : 0) },
  KVM_CAP_ARM_NISV_TO_USER: { number: 177, value: () => 1 },
  KVM_CAP_ARM_INJECT_EXT_DABT: { number: 178, value: () => 1 },
  KVM_CAP_ARM_SEA_TO_USER: { number: 245, value: (k) => (knob(k.version, 'seaToUser') ? 1 : 0) }
} as const satisfies Record<string, Capability>

export type CapabilityName = keyof typeof CAPABILITIES

/** By number, as the ioctl takes it, or by name. */
export function checkExtension(k: Kernel, capability: number | CapabilityName): number {
  const row =
    typeof capability === 'string'
      ? CAPABILITIES[capability]
      : Object.values(CAPABILITIES).find((candidate) => candidate.number === capability)
  return row === undefined ? 0 : row.value(k)
}

/**
 * KVM_ENABLE_CAP on a VM. `flags` other than 0, and a capability that cannot be enabled, give EINVAL.
 *
 * Spec: Linux 6.1 and 7.3.4, arch/arm64/kvm/arm.c, kvm_vm_ioctl_enable_cap.
 * Fidelity: omits the capabilities that have nothing to do with errors.
 */
export function enableCap(
  k: Kernel,
  vm: VmState,
  capability: CapabilityName,
  flags = 0
): { readonly vm: VmState; readonly result: IoctlResult } {
  if (flags === 0 && capability === 'KVM_CAP_ARM_NISV_TO_USER') {
    return { vm: { ...vm, caps: { ...vm.caps, nisvToUser: true } }, result: SUCCESS }
  }
  if (flags === 0 && capability === 'KVM_CAP_ARM_SEA_TO_USER' && knob(k.version, 'seaToUser')) {
    return { vm: { ...vm, caps: { ...vm.caps, seaToUser: true } }, result: SUCCESS }
  }
  return { vm, result: failure(EINVAL) }
}
