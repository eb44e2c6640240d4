import { POLICIES } from './policies.ts'
import type { PolicyState } from './model.ts'

type Params = Readonly<Record<string, string | undefined>>
/** A plain GET: what it shows of a machine; undefined when there is no such thing. */
export interface Read {
  readonly path: string
  readonly summary: string
  readonly read: (state: PolicyState, params: Params) => unknown
}
const M = '/v1/machines/:machine'

const view = (state: PolicyState, name: string) => {
  const policy = POLICIES.get(name)
  if (policy === undefined) return undefined
  return { name, summary: policy.summary, rules: policy.rules.length, isDefault: name === state.defaultPolicy }
}

export const READS: readonly Read[] = [
  {
    path: `${M}/policies`,
    summary: 'The built-in policies',
    read: (state) => [...POLICIES.keys()].map((name) => view(state, name))
  },
  {
    path: `${M}/policies/:policy`,
    summary: 'One built-in policy',
    read: (state, params) => view(state, params['policy'] ?? '')
  }
]
