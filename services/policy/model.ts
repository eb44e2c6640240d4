import type { Question } from '../../shared/contracts/policy.ts'
import { procedure, type Io } from '../../shared/model/procedure.ts'
import type { Input } from '../../shared/model/step.ts'
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

/** The policy layer: one question, one answer. Throws RangeError when the default is not a built-in policy. */
export function createPolicyModel({ defaultPolicy = DEFAULT_POLICY }: PolicyOptions = {}) {
  if (!POLICIES.has(defaultPolicy)) throw new RangeError(unknown(defaultPolicy))
  return procedure<PolicyState>('policy', () => ({ defaultPolicy }), handle)
}

export const policyModel = createPolicyModel()

const unknown = (name: string) => `no policy ${name}; known: ${[...POLICIES.keys()].join(', ')}`

function handle(state: PolicyState, input: Input, io: Io): PolicyState {
  switch (input.type) {
    case 'machine.start':
      return state
    case 'policy.decide': {
      const question = input.data as Question
      const name = question.policy ?? state.defaultPolicy
      const policy = POLICIES.get(name) ?? io.refuse('policy-unknown', unknown(name), '/policy')
      io.answer(decide(policy, question))
      return state
    }
    default:
      return io.refuse('event-type-unknown', `the policy does not know ${input.type}`)
  }
}
