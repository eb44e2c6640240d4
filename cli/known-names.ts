import { LINUX_VERSIONS } from '../shared/contracts/common.ts'
import { POLICY_NAMES } from '../shared/contracts/policy.ts'
import { VMM_PROFILES } from '../shared/contracts/vmm.ts'
import { known } from './known.ts'

type Names = readonly string[] | undefined

/** The name of a policy, or an address of one. Throws UsageError for one that nothing has, with the nearest. */
export function knownPolicy(name: string | undefined): string | undefined {
  if (name !== undefined && !/^https?:/.test(name)) known('policy', name, POLICY_NAMES)
  return name
}

/** The same of several. */
export function knownPolicies(names: Names): Names {
  names?.forEach(knownPolicy)
  return names
}

/** Throws UsageError for one that nothing has, with the nearest. */
export function knownVmm(name: string | undefined): string | undefined {
  if (name !== undefined) known('VMM profile', name, VMM_PROFILES)
  return name
}

/** The same of several. */
export function knownVmms(names: Names): Names {
  names?.forEach(knownVmm)
  return names
}

/** Throws UsageError for one that the model has not, with the nearest. */
export function knownKernel(version: string | undefined): string | undefined {
  if (version !== undefined) known('kernel version', version, LINUX_VERSIONS)
  return version
}
