import type { Decision, Question } from '../../shared/contracts/policy.ts'

/** What the VMM does without a policy: the harmless thing that the architecture can describe. */
export function fallback({ signal, guest, vcpu }: Question, because: string): Decision {
  if (signal.code === 'BUS_MCEERR_AO') return { action: 'ignore', because }
  if (guest.inRam && vcpu !== undefined) return { action: 'inject-sea', because }
  return { action: 'kill-vmm', because }
}

/** The reason that marks an answer nobody gave. */
export const noAnswerWithin = (deadlineMs: number) => `the policy did not answer in ${deadlineMs} ms`
