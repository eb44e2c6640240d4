import type { Overrides } from '../shared/scenario/plan.ts'
import { text, type Values } from './command.ts'
import { knownKernel, knownPolicy, knownVmm } from './known-names.ts'

/** What the command line changes about a scenario. Throws UsageError for a name that nothing has. */
export function overridesOf(values: Values): Overrides {
  const policy = knownPolicy(text(values['policy']))
  const vmm = knownVmm(text(values['vmm']))
  const linux = knownKernel(text(values['linux']))
  return {
    ...(policy === undefined ? {} : { policy }),
    ...(vmm === undefined ? {} : { vmm }),
    ...(linux === undefined ? {} : { linux })
  }
}
