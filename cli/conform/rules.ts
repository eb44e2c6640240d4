import type { ModelledLayer } from '../../shared/contracts/layer.ts'
import type { LayerRules } from './conform-layer.ts'
import { FIRMWARE_RULES } from './layers/firmware.ts'
import { GUEST_RULES } from './layers/guest.ts'
import { HARDWARE_RULES } from './layers/hardware.ts'
import { HOST_KERNEL_RULES } from './layers/host-kernel.ts'
import { VMM_RULES } from './layers/vmm.ts'

/** The rules of each layer but the policy, which has no neighbour and rules of its own (conform-policy.ts). */
export const RULES_OF: Readonly<Partial<Record<ModelledLayer, LayerRules>>> = {
  firmware: FIRMWARE_RULES,
  hardware: HARDWARE_RULES,
  guest: GUEST_RULES,
  'host-kernel': HOST_KERNEL_RULES,
  vmm: VMM_RULES
}
