import { canonicalJson } from '../contracts/canonical-json.ts'
import type { Overrides } from './plan.ts'
import type { ScenarioFile } from './schema.ts'
import { varied, vmsOf } from './vary.ts'

/** Of a VM: what decides about a fault. */
const DECIDING: ReadonlySet<string> = new Set(['profile', 'policy', 'exposeException'])

/**
 * What happens in a scenario, and to whom, without who decides about it: the same text for runs that differ by VMM or
 * policy alone, or by what a file says about itself. Its keys are in order, so it can be held against another as it stands.
 */
export function faultOf(written: ScenarioFile, { linux, ...overrides }: Overrides = {}): string {
  const { machine, vms, processes, steps } = varied(written, overrides)
  const undecided = vmsOf(written, vms).map((vm) =>
    Object.fromEntries(Object.entries(vm).filter(([key]) => !DECIDING.has(key)))
  )
  return canonicalJson({ machine, vms: undecided, processes, steps, linux })
}
