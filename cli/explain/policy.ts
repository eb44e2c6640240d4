import { POLICIES } from '../../services/policy/policies.ts'
import { decide } from '../../services/policy/rule.ts'
import type { Question, SIGNAL_CODES } from '../../shared/contracts/policy.ts'
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

/** Signals of memory errors, each with what a policy answers to the usual question about it. */
export function answersWith(action: Action): readonly string[] {
  return MEMORY_SIGNALS.flatMap((code) => {
    const names = [...POLICIES].filter(([, policy]) => decide(policy, usualQuestion(code)).action === action)
    return names.length === 0 ? [] : [`${code}: ${names.map(([name]) => name).join(', ')}`]
  })
}

const MEMORY_SIGNALS = ['BUS_MCEERR_AR', 'BUS_MCEERR_AO', 'KVM_EXIT_ARM_SEA'] as const

/** What each shipped policy, or this one, answers to the usual question about a signal. */
export function answersTo(code: (typeof SIGNAL_CODES)[number], names = [...POLICIES.keys()]): readonly string[] {
  return names.flatMap((name) => {
    const policy = POLICIES.get(name)
    if (policy === undefined) return []
    const { action, because } = decide(policy, usualQuestion(code))
    return [`${name}: ${action}, because ${because}`]
  })
}

export const POLICIES_EXPLAINED: Subject = {
  kind: 'policy',
  names: () => [...POLICIES.keys()],
  explain: (name) =>
    [...POLICIES].flatMap(([own, policy]): readonly Explanation[] => {
      if (folded(own) !== folded(name)) return []
      const facts = MEMORY_SIGNALS.map((code): Fact => {
        const { action, because } = decide(policy, usualQuestion(code))
        return { label: code, says: `${action}, because ${because}` }
      })
      const answers = Object.fromEntries(
        MEMORY_SIGNALS.map((code) => [code, decide(policy, usualQuestion(code)).action])
      )
      return [
        { kind: 'policy', name: own, title: policy.summary, facts, data: { rules: policy.rules.length, answers } }
      ]
    })
}
