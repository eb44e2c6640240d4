import { policyDecide, type Decision, type Question } from '../../../shared/contracts/policy.ts'
import { decisionRefused, policyAsked } from '../../../shared/contracts/notes/vmm-errors.ts'
import { isRefused, type Answered, type Io } from '../../../shared/model/io.ts'
import { judge } from './decision-rules.ts'
import { fallback } from './fallback.ts'
import { count, type Vm } from '../state.ts'

export interface PolicyAnswer {
  readonly vm: Vm
  readonly decision: Decision
  /** Nobody's answer could be used. */
  readonly fallback: boolean
}

/** Whether a policy is someone's service, by its address, and not the name of a built-in one. */
export const isAddress = (policy: string): boolean => /^https?:\/\//.test(policy)

/**
 * Asks the policy of a VM, which may be down, slow, or talk nonsense: whatever comes, or does not, there is a decision
 * within the deadline.
 */
export function askPolicy(vm: Vm, question: Question, io: Io): PolicyAnswer {
  const { code } = question.signal
  const at = vm.policy !== undefined && isAddress(vm.policy) ? { at: vm.policy } : {}
  const limit = { ...at, deadlineMs: vm.policyDeadlineMs, fallback: undefined }
  io.note(policyAsked, {
    vm: vm.name,
    vcpu: question.vcpu,
    code,
    guestPhysical: question.guest.guestPhysical,
    ...at
  })
  const answer = io.ask(policyDecide, question, limit)
  const unusable = noAnswer(vm, answer)
  if (unusable !== undefined) return insteadOf(vm, question, unusable)
  const judged = judge(answer, question)
  if ('decision' in judged) return { vm, decision: judged.decision, fallback: false }
  io.note(decisionRefused, { vm: vm.name, vcpu: question.vcpu, ...judged, answer: answer ?? null })
  const because = `the answer broke the rule ${judged.rule}: ${judged.detail}`
  return insteadOf(count(vm, 'refusedDecisions'), question, because)
}

function insteadOf(vm: Vm, question: Question, because: string): PolicyAnswer {
  return { vm: count(vm, 'fallbacks'), decision: fallback(vm.fallback, question, because), fallback: true }
}

/** Why there is no answer to judge: none came, or the policy (or the contract, of its answer) refused. */
function noAnswer(vm: Vm, answer: Answered<Decision> | undefined): string | undefined {
  if (answer === undefined) return `the policy did not answer in ${vm.policyDeadlineMs} ms`
  if (!isRefused(answer)) return undefined
  const { code, detail } = answer.refused
  if (code === 'neighbour-unreachable') return detail
  return `the policy gave no decision: ${code}: ${detail}`
}
