import { POLICIES } from '../../services/policy/policies.ts'
import { decide } from '../../services/policy/rule.ts'
import type { Decision, Question, SIGNAL_CODES } from '../../shared/contracts/policy.ts'
import type { Action } from '../../shared/contracts/policy-actions.ts'
import { folded, type Explanation, type Fact, type Subject } from './explanation.ts'

/** Each signal as a VMM usually asks about it: of guest RAM, and of a guest that has acknowledged every record. */
function usualQuestion(code: (typeof SIGNAL_CODES)[number]): Question {
  return {
    vm: 'vm0',
    ...(code === 'BUS_MCEERR_AO' ? {} : { vcpu: 0 }),
    signal: { code, hostVirtual: 0xffff_8000_1000n, addressLsb: 12 },
    guest: { guestPhysical: 0x4000_1000n, inRam: true },
    sources: [
      { source: 0, notify: 'SEA', acknowledged: true },
      { source: 1, notify: 'GPIO', acknowledged: true },
      { source: 2, notify: 'POLLED', acknowledged: true }
    ],
    history: { errors: 1 }
  }
}

const MEMORY_SIGNALS = ['BUS_MCEERR_AR', 'BUS_MCEERR_AO', 'KVM_EXIT_ARM_SEA'] as const

/** Signals of memory errors to whose usual question policies answer with this action, each with those. */
export function answersWith(action: Action): readonly string[] {
  return MEMORY_SIGNALS.flatMap((code) => {
    const names = [...POLICIES].filter(([, policy]) => decide(policy, usualQuestion(code)).action === action)
    return names.length === 0 ? [] : [`${code}: ${names.map(([name]) => name).join(', ')}`]
  })
}

/** What each shipped policy answers to the usual question about a signal. */
export function answersTo(code: (typeof SIGNAL_CODES)[number]): readonly string[] {
  return [...POLICIES].map(([name, policy]) => `${name}: ${said(decide(policy, usualQuestion(code)))}`)
}

const said = ({ action, because }: Decision): string => `${action}, because ${because}`

export const POLICIES_EXPLAINED: Subject = {
  kind: 'policy',
  names: () => [...POLICIES.keys()],
  explain: (name) =>
    [...POLICIES].flatMap(([own, policy]): readonly Explanation[] => {
      if (folded(own) !== folded(name)) return []
      const decisions = MEMORY_SIGNALS.map((code) => ({ code, decision: decide(policy, usualQuestion(code)) }))
      const facts = decisions.map(({ code, decision }): Fact => ({ label: code, says: said(decision) }))
      const answers = Object.fromEntries(decisions.map(({ code, decision }) => [code, decision.action]))
      return [
        { kind: 'policy', name: own, title: policy.summary, facts, data: { rules: policy.rules.length, answers } }
      ]
    })
}
