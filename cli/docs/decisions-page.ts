import { ACTION_MEANINGS, DECISION_RULE_MEANINGS, HARMLESS } from '../../shared/contracts/policy-actions.ts'

const HEAD = `# What a policy may answer

Written by \`node cli/docs/write.ts\` from \`shared/contracts/policy-actions.ts\`, which the schema of an answer has too. How to
write a policy is told in [policies.md](policies.md).
`

const RULES = `## The rules of an answer

The VMM holds every answer against these, in this order. One that breaks a rule is not carried out: the journal has
\`decision.refused\` with the rule's name, and the fallback stands for the answer.
`

const FALLBACK = `## Without an answer

No answer in time (\`policyDeadlineMs\`, 500 ms), one that the policy or the contract refuses, and one that breaks a rule: then the
VMM does what the VM's \`fallback\` says (\`required\` for BUS_MCEERR_AR and KVM_EXIT_ARM_SEA, \`optional\` for BUS_MCEERR_AO), where
that breaks no rule itself; else this. \`policy.answered\` in the journal then has \`fallback: true\`, and says why.
`

type Cells = Readonly<Record<string, string>>
const code = (text: string) => `\`${text}\``
const table = (head: string, cells: readonly (readonly [string, string])[]) =>
  `| ${head} | |\n|---|---|\n${cells.map(([name, meaning]) => `| ${name} | ${meaning} |`).join('\n')}\n`
const named = (head: string, rows: Cells) =>
  table(
    head,
    Object.entries(rows).map(([name, meaning]) => [code(name), meaning])
  )
const harmless = Object.entries(HARMLESS).map(([told, action]) => [told, code(action)] as const)

/** The page, in Markdown. */
export function decisionsPage(): string {
  return [
    HEAD,
    `## The actions\n\n${named('action', ACTION_MEANINGS)}`,
    `${RULES}\n${named('rule', DECISION_RULE_MEANINGS)}`,
    `${FALLBACK}\n${table('the VMM was told of', harmless)}`
  ].join('\n')
}
