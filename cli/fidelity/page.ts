import { basename, dirname } from 'node:path'
import { rulesOf, type Degree, type Rule } from './rules.ts'
import { createTestsOf, type Sources } from './tests-of.ts'

interface Placed extends Rule {
  readonly file: string
  readonly tests: readonly string[]
}

const DEGREES: readonly Degree[] = ['exact', 'approximates', 'omits']
/** Names of tests in one cell; more are counted. */
const SHOWN = 3

const INTRODUCTION = `# Fidelity

Every rule of the models that follows a specification or a kernel: what it follows and how far. Written by
\`npx seabus fidelity --write\` from the \`Spec:\` and \`Fidelity:\` lines of the code, so change it there; a test holds this page
to it. *Exact* with a remark is exact but for it; *approximates* and *omits* say what is otherwise. The tests are those that
import the rule's module, or the nearest that reach it through others.
`

/** docs/fidelity.md for these sources, which hold the rules and the tests. */
export function fidelityPage(sources: Sources): string {
  const testsOf = createTestsOf(sources)
  const rules = [...sources].flatMap(([file, source]): Placed[] =>
    isModel(file) ? placed(file, source, testsOf(file)) : []
  )
  const folders = [...new Set(rules.map(({ file }) => dirname(file)))].toSorted()
  return [INTRODUCTION, summary(rules), ...folders.map((folder) => section(folder, rules))].join('\n')
}

const isModel = (file: string) => file.startsWith('shared/') || file.startsWith('services/')

function placed(file: string, source: string, tests: readonly string[]): Placed[] {
  try {
    return rulesOf(source).map((rule) => ({ ...rule, file, tests }))
  } catch (error) {
    throw new Error(`${file}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
  }
}

function summary(rules: readonly Placed[]): string {
  const counts = DEGREES.map((degree) => `${rules.filter((rule) => rule.degree === degree).length} ${degree}`)
  return `${rules.length} rules: ${counts.join(', ')}.\n`
}

function section(folder: string, rules: readonly Placed[]): string {
  const rows = rules
    .filter(({ file }) => dirname(file) === folder)
    .toSorted((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0))
    .map(row)
  return [`## ${folder}`, '', '| rule | spec | fidelity | tests |', '|---|---|---|---|', ...rows, ''].join('\n')
}

const cell = (text: string): string => text.replace(/\.$/, '').replaceAll('|', '\\|')

function row({ file, name, spec, fidelity, tests }: Placed): string {
  const link = `[${basename(file)}](../${file})`
  const rule = name === undefined ? link : `\`${name}\`, ${link}`
  return `| ${rule} | ${cell(spec)} | ${cell(fidelity)} | ${named(tests)} |`
}

function named(tests: readonly string[]): string {
  const names = tests.slice(0, SHOWN).map((test) => `[${basename(test, '.test.ts')}](../${test})`)
  const more = tests.length > SHOWN ? [`${tests.length - SHOWN} more`] : []
  return [...names, ...more].join(', ')
}
