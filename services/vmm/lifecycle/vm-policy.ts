import type { vmPolicy } from '../../../shared/contracts/vmm.ts'
import { policyChanged } from '../../../shared/contracts/notes/vmm-life.ts'
import type { Answering, Io, Said } from '../../../shared/model/io.ts'
import { isAddress } from '../decision/ask-policy.ts'
import { PROFILES } from '../profiles.ts'
import type { Vm } from '../state.ts'

/** Who decides, how long that may take, and what is done without an answer. */
export type Deciding = Partial<Pick<Vm, 'policy' | 'policyDeadlineMs' | 'fallback'>>

/** Another policy for a VM that runs; the next error is the first that it is asked about. */
export function changePolicy(vm: Vm, change: Deciding, io: Answering<typeof vmPolicy>): readonly [Said, Vm] {
  const { asks, summary } = PROFILES[vm.profile]
  if (asks === 'nobody') io.refuse('request-unsupported', `${vm.profile} asks nobody: ${summary}`, '/policy')
  requirePolicy(change.policy, io)
  const { policy = vm.policy, policyDeadlineMs = vm.policyDeadlineMs, fallback = vm.fallback } = change
  io.note(policyChanged, { vm: vm.name, policy, policyDeadlineMs, fallback, before: vm.policy })
  return [io.answer({}), { ...vm, policy, policyDeadlineMs, fallback }]
}

/** A policy that is given by its address must be one. */
export function requirePolicy(policy: string | undefined, io: Io): void {
  if (policy === undefined || !policy.includes(':')) return
  if (!isAddress(policy) || !URL.canParse(policy)) {
    io.refuse('field-invalid', `${policy} is neither the name of a policy nor an http or https URL`, '/policy')
  }
}
