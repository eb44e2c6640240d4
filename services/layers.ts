import type { AnyModel } from '../shared/model/step.ts'
import { firmware } from './firmware/model.ts'
import { guestModel } from './guest/model.ts'
import { hardware } from './hardware/model.ts'
import { hostKernelModel } from './host-kernel/model.ts'
import { policyModel } from './policy/model.ts'
import { vmmModel } from './vmm/model.ts'

/** The model of every layer, in the order an error meets them. */
export const MODELS = [
  hardware,
  firmware,
  hostKernelModel,
  vmmModel,
  policyModel,
  guestModel
] as const satisfies readonly AnyModel[]
