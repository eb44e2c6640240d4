import { plainLine } from '../../shared/contracts/plain-text.ts'
import type { Explanation } from './explanation.ts'

const INDENT = '  '

/** Explanations for people: what it is, then each fact behind its label. */
export const explanationText = (all: readonly Explanation[]): string => all.map(textOf).join('\n\n')

function textOf({ kind, name, title, facts }: Explanation): string {
  const width = Math.max(0, ...facts.map(({ label }) => label.length))
  const lines = facts.flatMap(({ label, says }) => {
    const [first = '', ...more] = [says].flat()
    return [
      `${INDENT}${label.padEnd(width)}  ${first}`,
      ...more.map((line) => `${INDENT}${' '.repeat(width)}  ${line}`)
    ]
  })
  return [`${name} (${kind}): ${title}`, ...(lines.length === 0 ? [] : ['', ...lines])].map(plainLine).join('\n')
}
