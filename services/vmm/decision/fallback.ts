import type { Decision, Question } from '../../../shared/contracts/policy.ts'
import type { Fallback } from '../../../shared/contracts/vmm.ts'
import { judge } from './decision-rules.ts'

/** What the VMM does without a policy: what it was told to for that case, where that can be described, else the harmless thing. */
export function fallback({ required, optional }: Fallback, question: Question, because: string): Decision {
  const action = question.signal.code === 'BUS_MCEERR_AO' ? optional : required
  if (action !== undefined && 'decision' in judge({ action, because }, question)) return { action, because }
  return harmless(question, because)
}

function harmless({ signal, guest, vcpu }: Question, because: string): Decision {
  if (signal.code === 'BUS_MCEERR_AO') return { action: 'ignore', because }
  const consumed = guest.inRam || signal.code === 'KVM_EXIT_ARM_SEA'
  return consumed && vcpu !== undefined ? { action: 'inject-sea', because } : { action: 'kill-vmm', because }
}
