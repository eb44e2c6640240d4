import { policyDecide } from '../../shared/contracts/policy.ts'
import { dispatch, on } from '../../shared/model/dispatch.ts'
import { procedure } from '../../shared/model/procedure.ts'
import { DEFAULT_POLICY, POLICIES } from './policies.ts'
import { decide } from './rule.ts'

/** Which policies exist and which answers when the question names none. Nothing here changes: a policy remembers nothing. */
export interface PolicyState {
  readonly defaultPolicy: string
}

export interface PolicyOptions {
  /** Name of a built-in policy, for questions that name none. */
  readonly defaultPolicy?: string
}

/** One question, one answer. */
const handle = dispatch<PolicyState, 'policy'>('policy', [
  on(policyDecide, (state, question, io) => {
    const name = question.policy ?? state.defaultPolicy
    const policy = POLICIES.get(name) ?? io.refuse('policy-unknown', unknown(name), '/policy')
    return [io.answer(decide(policy, question)), state]
  })
])

/** The policy layer. Throws RangeError when the default is not a built-in policy. */
export function createPolicyModel({ defaultPolicy = DEFAULT_POLICY }: PolicyOptions = {}) {
  if (!POLICIES.has(defaultPolicy)) throw new RangeError(unknown(defaultPolicy))
  return procedure<PolicyState>('policy', () => ({ defaultPolicy }), handle)
}

export const policyModel = createPolicyModel()

function unknown(name: string): string {
  return `no policy ${name}; known: ${[...POLICIES.keys()].join(', ')}`
}
