import { LINUX_VERSIONS } from '../shared/contracts/common.ts'
import { POLICY_NAMES } from '../shared/contracts/policy.ts'
import { VMM_PROFILES } from '../shared/contracts/vmm.ts'
import { known } from './known.ts'

type Names = readonly string[] | undefined

/** Names of policies, or addresses of them. Throws UsageError for one that nothing has, with the nearest. */
export function knownPolicies(names: Names): Names {
  for (const name of names ?? []) if (!/^https?:/.test(name)) known('policy', name, POLICY_NAMES)
  return names
}

/** Throws UsageError for one that nothing has, with the nearest. */
export function knownVmms(names: Names): Names {
  for (const name of names ?? []) known('VMM profile', name, VMM_PROFILES)
  return names
}

/** Throws UsageError for one that the model has not, with the nearest. */
export function knownKernel(version: string | undefined): string | undefined {
  if (version !== undefined) known('kernel version', version, LINUX_VERSIONS)
  return version
}
