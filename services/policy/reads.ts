import { Policies, Policy } from '../../shared/contracts/reads/policy.ts'
import type { ReadRoute } from '../../shared/service/read-route.ts'
import { POLICIES } from './policies.ts'
import type { PolicyState } from './model.ts'

const M = '/v1/machines/:machine'

const view = (state: PolicyState, name: string) => {
  const policy = POLICIES.get(name)
  if (policy === undefined) return undefined
  return { name, summary: policy.summary, rules: policy.rules.length, isDefault: name === state.defaultPolicy }
}

export const READS: readonly ReadRoute<PolicyState>[] = [
  {
    id: 'listPolicies',
    path: `${M}/policies`,
    reply: Policies,
    summary: 'The built-in policies',
    read: (state) => ({ policies: [...POLICIES.keys()].map((name) => view(state, name)) })
  },
  {
    id: 'getPolicy',
    path: `${M}/policies/:policy`,
    reply: Policy,
    summary: 'One built-in policy',
    example: { policy: 'morse' },
    missing: 'policy-unknown',
    read: (state, { policy }) => view(state, policy as string)
  }
]
