import { ACTION_MEANINGS, ACTIONS, DECISION_RULE_MEANINGS, HARMLESS } from '../../shared/contracts/policy-actions.ts'
import { folded, type Explanation, type Subject } from './explanation.ts'
import { answersWith } from './policy.ts'

const RULES = Object.entries(DECISION_RULE_MEANINGS)

/** What a policy may answer: what the VMM does then, what the answer is held against, and who answers so. */
export const ACTIONS_EXPLAINED: Subject = {
  kind: 'action',
  names: () => ACTIONS,
  explain: (name) =>
    ACTIONS.filter((action) => folded(action) === folded(name)).map((action): Explanation => {
      const rules = RULES.filter(([, meaning]) => new RegExp(`\\b${action}\\b`).test(meaning))
      const policies = answersWith(action)
      const instead = Object.entries(HARMLESS).flatMap(([what, done]) => (done === action ? [what] : []))
      return {
        kind: 'action',
        name: action,
        title: ACTION_MEANINGS[action],
        facts: [
          { label: 'rules', says: rules.length === 0 ? 'none of its own' : rules.map((rule) => rule.join(': ')) },
          { label: 'policies', says: policies.length === 0 ? 'no shipped one answers with it by itself' : policies },
          ...(instead.length === 0 ? [] : [{ label: 'without an answer', says: instead }])
        ],
        data: { rules: Object.fromEntries(rules), policies, instead }
      }
    })
}

/** The rules that an answer is held against. */
export const DECISION_RULES: Subject = {
  kind: 'decision-rule',
  names: () => RULES.map(([rule]) => rule),
  explain: (name) =>
    RULES.flatMap(([rule, title]) =>
      folded(rule) === folded(name) ? [{ kind: 'decision-rule', name: rule, title, facts: [] }] : []
    )
}
