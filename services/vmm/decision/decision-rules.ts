import { hex } from '../../../shared/formats/hex.ts'
import { ACTIONS, type DecisionRuleName } from '../../../shared/contracts/policy-actions.ts'
import type { Decision, Question } from '../../../shared/contracts/policy.ts'
import { sourceFor } from '../telling/source-kinds.ts'

/** A rule that an answer may break; `broken` says how, undefined when it holds. */
interface DecisionRule {
  readonly name: DecisionRuleName
  readonly broken: (decision: Decision, question: Question) => string | undefined
}

const ISS_MASK = 0x1ff_ffffn
const given = (condition: boolean, says: string) => (condition ? says : undefined)

/** The report is of an access that a guest made: to memory that is gone, or one that ended in an SEA the host left to the VMM. */
const isGuestAccess = (code: Question['signal']['code'], inRam: boolean) =>
  code === 'KVM_EXIT_ARM_SEA' || (code === 'BUS_MCEERR_AR' && inRam)

/**
 * What the architecture and the VM cannot describe; the first broken rule is named. Every answer is held against this table,
 * whoever gave it.
 *
 * Spec: Arm ARM DDI 0487, D1.3 (synchronous external aborts come from an access), ESR_ELx ISS (bits 24:0); linux-arm-kernel,
 * September 2017, James Morse (a notification may only add to what the architecture defines).
 * Fidelity: approximates. KVM itself would pend an external abort on any vCPU.
 */
const DECISION_RULES: readonly DecisionRule[] = [
  {
    name: 'action-known',
    broken: ({ action }) => given(!ACTIONS.includes(action), `there is no action ${String(action)}`)
  },
  {
    name: 'sea-needs-a-faulting-vcpu-access',
    broken: ({ action }, { signal, vcpu, guest }) =>
      given(
        action === 'inject-sea' && (vcpu === undefined || !isGuestAccess(signal.code, guest.inRam)),
        'no vCPU has made an access that could be aborted'
      )
  },
  {
    name: 'serror-iss-is-25-bits',
    broken: ({ action, esr = 0n }) =>
      given(action === 'inject-serror' && (esr < 0n || esr > ISS_MASK), `${hex(esr)} has bits outside of ISS[24:0]`)
  },
  {
    name: 'notification-needs-a-guest-address',
    broken: ({ action }, { guest }) =>
      given(
        (action === 'notify-interrupt' || action === 'notify-poll') && guest.guestPhysical === undefined,
        'the error has no address in the guest that a record could name'
      )
  },
  {
    name: 'interrupt-needs-a-source',
    broken: (decision, { sources }) =>
      given(
        decision.action === 'notify-interrupt' && sourceFor(sources, decision) === undefined,
        'the guest has no such source that an interrupt makes it read'
      )
  },
  {
    name: 'poll-needs-a-source',
    broken: (decision, { sources }) =>
      given(
        decision.action === 'notify-poll' && sourceFor(sources, decision) === undefined,
        'the guest polls no such source'
      )
  },
  {
    name: 'record-fits-its-source',
    broken: (decision, { sources }) =>
      given(
        (decision.action === 'inject-sea' || decision.action === 'inject-serror') &&
          decision.source !== undefined &&
          decision.record !== false &&
          sourceFor(sources, decision) === undefined,
        `the guest does not read source ${decision.source} when it takes this exception`
      )
  },
  {
    name: 'remap-needs-guest-ram',
    broken: ({ action }, { guest }) => given(action === 'remap' && !guest.inRam, 'there is no guest memory to replace')
  }
]

const TYPES = { action: 'string', source: 'number', record: 'boolean', esr: 'bigint', because: 'string' } as const
const REQUIRED = ['action', 'because']

/** The answer when it has the shape of one, else what is wrong with it. */
function shaped(answer: unknown): Decision | string {
  if (typeof answer !== 'object' || answer === null) return `an answer is an object, not ${String(answer)}`
  const fields = answer as Readonly<Record<string, unknown>>
  for (const [name, type] of Object.entries(TYPES)) {
    const value = fields[name]
    if (value === undefined ? REQUIRED.includes(name) : typeof value !== type) return `its ${name} is not a ${type}`
  }
  return fields as unknown as Decision
}

/** What a policy gave as an answer, judged: a decision, or the rule it breaks. */
export function judge(
  answer: unknown,
  question: Question
): { readonly decision: Decision } | { readonly rule: DecisionRuleName; readonly detail: string } {
  const decision = shaped(answer)
  if (typeof decision === 'string') return { rule: 'answer-is-a-decision', detail: decision }
  for (const { name, broken } of DECISION_RULES) {
    const detail = broken(decision, question)
    if (detail !== undefined) return { rule: name, detail }
  }
  return { decision }
}
