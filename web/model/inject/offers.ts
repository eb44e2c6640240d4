import { LINUX_VERSIONS } from '../../../shared/contracts/common.ts'
import { POLICY_NAMES } from '../../../shared/contracts/policy.ts'
import { VMM_PROFILES } from '../../../shared/contracts/vmm.ts'

/** Something that can be chosen by its name. */
export interface Offer {
  readonly name: string
  /** What it does; empty where that is not said. */
  readonly says: string
}

/** What the services that a scenario is run on can be. */
export interface Offers {
  readonly vmms: readonly Offer[]
  /** Which of them a VM has of which nothing is said. */
  readonly usualVmm: string
  readonly policies: readonly Offer[]
  /** Why no policy can be named: whoever serves the layer decides as it likes. */
  readonly noPolicies?: string
  readonly kernels: readonly Offer[]
}

const named = (names: readonly string[]): readonly Offer[] => names.map((name) => ({ name, says: '' }))

/** What our own services can be, as long as nobody has been asked. */
export const OWN_OFFERS: Offers = {
  vmms: named(VMM_PROFILES),
  usualVmm: VMM_PROFILES[0],
  policies: named(POLICY_NAMES),
  kernels: named(LINUX_VERSIONS)
}
