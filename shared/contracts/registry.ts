import { FIRMWARE_ACCEPTS } from './firmware.ts'
import { GUEST_ACCEPTS } from './guest.ts'
import { HARDWARE_ACCEPTS } from './hardware.ts'
import { HOST_KERNEL_ACCEPTS } from './host-kernel.ts'
import { KVM_ACCEPTS } from './kvm.ts'
import type { Layer } from './layer.ts'
import type { MessageType } from './message.ts'
import { POLICY_ACCEPTS } from './policy.ts'
import { GUEST_SYSTEM_CALLS, HOST_SYSTEM_CALLS } from './system-calls.ts'
import { VMM_ACCEPTS } from './vmm.ts'

/** Every message type, by the layer that accepts it. */
export const ACCEPTS: Readonly<Record<Layer, readonly MessageType[]>> = {
  hardware: HARDWARE_ACCEPTS,
  firmware: FIRMWARE_ACCEPTS,
  'host-kernel': [...HOST_KERNEL_ACCEPTS, ...HOST_SYSTEM_CALLS, ...KVM_ACCEPTS],
  vmm: VMM_ACCEPTS,
  policy: POLICY_ACCEPTS,
  guest: [...GUEST_ACCEPTS, ...GUEST_SYSTEM_CALLS],
  console: []
}

const BY_KEY = new Map(
  Object.entries(ACCEPTS).flatMap(([layer, messages]) =>
    messages.map((message) => [`${layer} ${message.type}`, message] as const)
  )
)

/** A message type by its receiver and name, or undefined. */
export function messageType(to: Layer, type: string): MessageType | undefined {
  return BY_KEY.get(`${to} ${type}`)
}
