import type { Interrupted } from '../../shared/contracts/common.ts'
import { exceptionTakeEl3 } from '../../shared/contracts/firmware.ts'
import { exceptionTakeEl2 } from '../../shared/contracts/host-kernel.ts'
import type { Routing } from './state.ts'

export interface Route {
  /** The bit that decides. */
  readonly by: string
  readonly el: number
  /** What the level that takes it is sent; absent for EL1, where the vCPU is entered at its vector. */
  readonly take?: typeof exceptionTakeEl3 | typeof exceptionTakeEl2
}
type Rule = Route & {
  readonly when: (routing: Routing, exception: 'SEA' | 'SError', access: Interrupted) => boolean
}

/** The first row that applies. */
const RULES: readonly Rule[] = [
  { by: 'SCR_EL3.EA', el: 3, take: exceptionTakeEl3, when: ({ scrEl3Ea }) => scrEl3Ea },
  { by: 'HCR_EL2.TGE', el: 2, take: exceptionTakeEl2, when: (_, __, access) => access.vm === undefined },
  {
    by: 'HCR_EL2.TEA',
    el: 2,
    take: exceptionTakeEl2,
    when: ({ hcrEl2Tea }, exception) => exception === 'SEA' && hcrEl2Tea
  },
  {
    by: 'HCR_EL2.AMO',
    el: 2,
    take: exceptionTakeEl2,
    when: ({ hcrEl2Amo }, exception) => exception === 'SError' && hcrEl2Amo
  }
]
const OTHERWISE: Route = { by: 'none of them', el: 1 }

/**
 * Which exception level takes an external abort or SError.
 *
 * Spec: Arm DDI 0487, D1.3.6 (routing of synchronous external aborts and SError), SCR_EL3.EA, HCR_EL2.TEA, .AMO, .TGE.
 * Fidelity: approximates. The host runs at EL2 with HCR_EL2.E2H and TGE (VHE); PSTATE.A masks nothing; nested
 * virtualisation and the Secure states are left out.
 */
export function routeException(routing: Routing, exception: 'SEA' | 'SError', access: Interrupted): Route {
  return RULES.find(({ when }) => when(routing, exception, access)) ?? OTHERWISE
}
