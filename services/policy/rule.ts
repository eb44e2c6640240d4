import type { Decision, Question } from '../../shared/contracts/policy.ts'

/** One rule: an answer, or undefined when the question is not its business. The first answer wins. */
export type Rule = (question: Question) => Decision | undefined

/** A policy: rules in order, and what it stands for in one sentence. */
export interface Policy {
  readonly summary: string
  readonly rules: readonly Rule[]
}

/** The answer of the first rule that has one; a policy whose rules all pass leaves the VM alone and says so. */
export function decide({ rules }: Policy, question: Question): Decision {
  for (const rule of rules) {
    const decision = rule(question)
    if (decision !== undefined) return decision
  }
  return { action: 'ignore', because: 'no rule of this policy speaks of this signal' }
}

type Code = Question['signal']['code']
export const isActionRequired = ({ signal }: Question) => signal.code === ('BUS_MCEERR_AR' satisfies Code)
export const isActionOptional = ({ signal }: Question) => signal.code === ('BUS_MCEERR_AO' satisfies Code)

/** No signal: KVM_RUN came back with an abort that the host left to the VMM. */
export const isSeaExit = ({ signal }: Question) => signal.code === ('KVM_EXIT_ARM_SEA' satisfies Code)

/** The guest has a source of this notification type, acknowledged or not. */
export const hasSource = ({ sources }: Question, notification: Question['sources'][number]['notify']) =>
  sources.some(({ notify }) => notify === notification)

/** The first source of one of these notification types that can take a record now: the guest acknowledged the last. */
export function readySource(
  { sources }: Question,
  notifications: readonly Question['sources'][number]['notify'][]
): Question['sources'][number] | undefined {
  return sources.find(({ notify, acknowledged }) => acknowledged && notifications.includes(notify))
}
