import type { AnyModel } from '../shared/kit/step.ts'
import { firmware } from '../services/firmware/model.ts'
import { guestModel } from '../services/guest/model.ts'
import { hardware } from '../services/hardware/model.ts'
import { hostKernelModel } from '../services/host-kernel/model.ts'
import { policyModel } from '../services/policy/model.ts'
import { vmmModel } from '../services/vmm/model.ts'

/** The model of every layer, in the order an error meets them. */
export const MODELS = [
  hardware,
  firmware,
  hostKernelModel,
  vmmModel,
  policyModel,
  guestModel
] as const satisfies readonly AnyModel[]
