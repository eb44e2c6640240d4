import { POLICIES } from './policies.ts'
import type { PolicyState } from './model.ts'

const view = (state: PolicyState, name: string) => {
  const policy = POLICIES.get(name)
  if (policy === undefined) return undefined
  return { name, summary: policy.summary, rules: policy.rules.length, isDefault: name === state.defaultPolicy }
}

/** What one can look at; undefined is 404. Paths start below `/v1/machines/:machine`. */
export const POLICY_READS = [
  {
    path: '/policies',
    summary: 'The built-in policies',
    read: (state: PolicyState) => [...POLICIES.keys()].map((name) => view(state, name))
  },
  {
    path: '/policies/:policy',
    summary: 'One built-in policy',
    read: (state: PolicyState, params: Readonly<Record<string, string>>) => view(state, params['policy'] ?? '')
  }
] as const
