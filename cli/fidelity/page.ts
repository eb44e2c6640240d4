import { basename, dirname } from 'node:path'
import { placedRules, type PlacedRule, type Sources } from './placed-rules.ts'
import type { Degree } from './rules.ts'

const DEGREES: readonly Degree[] = ['exact', 'approximates', 'omits']

const INTRODUCTION = `# Fidelity

Every rule of the models that follows a specification or a kernel: what it follows and how far. Written by
\`npx seabus fidelity --write\` from the \`Spec:\` and \`Fidelity:\` lines of the code, so change it there; a test holds this page
to it. *Exact* with a remark is exact but for it; *approximates* and *omits* say what is otherwise.
`

/** docs/fidelity.md for these sources, which hold the rules. */
export function fidelityPage(sources: Sources): string {
  const rules = placedRules(sources)
  const folders = [...new Set(rules.map(({ file }) => dirname(file)))].toSorted()
  return [INTRODUCTION, summary(rules), ...folders.map((folder) => section(folder, rules))].join('\n')
}

function summary(rules: readonly PlacedRule[]): string {
  const counts = DEGREES.map((degree) => `${rules.filter((rule) => rule.degree === degree).length} ${degree}`)
  return `${rules.length} rules: ${counts.join(', ')}.\n`
}

function section(folder: string, rules: readonly PlacedRule[]): string {
  const rows = rules
    .filter(({ file }) => dirname(file) === folder)
    .toSorted((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0))
    .map(row)
  return [`## ${folder}`, '', '| rule | spec | fidelity |', '|---|---|---|', ...rows, ''].join('\n')
}

const cell = (text: string): string => text.replace(/\.$/, '').replaceAll('|', '\\|')

function row({ file, name, spec, fidelity }: PlacedRule): string {
  const link = `[${basename(file)}](../${file})`
  const rule = name === undefined ? link : `\`${name}\`, ${link}`
  return `| ${rule} | ${cell(spec)} | ${cell(fidelity)} |`
}
