import { kvmRun } from '../../../shared/contracts/kvm.ts'
import { vmCreate } from '../../../shared/contracts/vmm.ts'
import type { LayerRules } from '../conform-layer.ts'
import { playHost } from './vm-of-vmm.ts'
import { LIFE_CHECKS } from './vmm-life.ts'
import { POLICY_CHECKS } from './vmm-policy.ts'
import { RESET_CHECKS } from './vmm-reset.ts'
import { TELLING_CHECKS } from './vmm-telling.ts'

const nameOf = (n: number) => `own${n}`

/** What the contract asks of a VMM: the life of its VMs, what it asks its policy, and how it tells a guest. */
export const VMM_RULES: LayerRules = {
  layer: 'vmm',
  checks: [...LIFE_CHECKS, ...POLICY_CHECKS, ...TELLING_CHECKS, ...RESET_CHECKS],
  surroundings: playHost,
  effective: {
    prepare: () => Promise.resolve(),
    message: vmCreate,
    data: (n) => ({ vm: nameOf(n), vcpus: 1 }),
    effect: kvmRun,
    belongsTo: (effect, n) => (effect as { vm?: string }).vm === nameOf(n)
  }
}
