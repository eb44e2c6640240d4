import { Type } from 'typebox'
import { named } from '../common.ts'

/** What can be read of the policies of the policy service. */

export const Policy = named('Policy', {
  name: Type.String(),
  summary: Type.String(),
  rules: Type.Integer({ description: 'how many' }),
  isDefault: Type.Boolean({ description: 'answers where none is named' })
})
export const Policies = named('Policies', { policies: Type.Array(Policy) })
