import { readFileSync } from 'node:fs'
import t from 'tap'
import { generateFidelityJson, generateFidelityPage } from '../../cli/actions/fidelity.ts'
import { CAPTIONS } from '../../shared/contracts/captions/registry.ts'
import { NOTES } from '../../shared/contracts/notes/registry.ts'
import { fidelityPage } from '../../cli/fidelity/page.ts'
import { rulesOf } from '../../cli/fidelity/rules.ts'

const comment = (...lines: string[]) => ['/**', ...lines.map((line) => ` * ${line}`), ' */'].join('\n')

void t.test('docs/fidelity.md is what the code says; if not, npx seabus fidelity --write', async (t) => {
  const page = readFileSync(new URL('../../docs/fidelity.md', import.meta.url), 'utf8')

  t.equal(page, generateFidelityPage())
})

void t.test('docs/fidelity.json has every rule under the name that entries of a journal have for it', async (t) => {
  const text = readFileSync(new URL('../../docs/fidelity.json', import.meta.url), 'utf8')
  const rules = JSON.parse(text) as Record<string, Record<string, string>>

  t.equal(text, generateFidelityJson())
  t.ok(Object.keys(rules).length > 200)
  t.strictSame(
    [...namedByEntries()].filter((rule) => rules[rule] === undefined),
    []
  )
  for (const [name, rule] of Object.entries(rules)) t.match(name, `${rule['file']}#`)
})

/** The rules that captions of messages and notes name. */
function namedByEntries(): ReadonlySet<string> {
  const told = [...CAPTIONS, ...Object.values(NOTES).flat()]
  return new Set(told.flatMap(({ rule }) => (typeof rule === 'string' ? [rule] : [])))
}

for (const [what, comment, title] of [
  ['its first sentence', ['Does it. Then that.', '', 'Spec: x.', 'Fidelity: exact.'], 'Does it'],
  ['its first paragraph where that is no sentence', ['Does', 'it', '', 'Spec: x.', 'Fidelity: exact.'], 'Does it'],
  ['nothing where there is none', ['Spec: x.', 'Fidelity: exact.'], undefined],
  ['not up to the dot of a number', ['ACPI 6.5 does it.', 'Spec: x.', 'Fidelity: exact.'], 'ACPI 6.5 does it']
] as const) {
  void t.test(`the title of a rule is ${what}`, async (t) => {
    const source = ['/**', ...comment.map((line) => ` * ${line}`), ' */', 'export const x = 1'].join('\n')
    t.equal(rulesOf(source)[0]?.title, title)
  })
}

void t.test('a rule has the name of what its comment stands over, and its paragraphs whole', async (t) => {
  const source = `${comment('Does it.', '', 'Spec: ACPI 6.5,', '18.3.2.', 'Fidelity: omits | the rest,', 'all of it.')}
export function publish(): void {}`

  t.strictSame(rulesOf(source), [
    {
      name: 'publish',
      title: 'Does it',
      text: 'Does it.',
      spec: 'ACPI 6.5, 18.3.2.',
      fidelity: 'omits | the rest, all of it.',
      degree: 'omits'
    }
  ])
})

void t.test('a comment without either word is no rule', async (t) => {
  t.strictSame(rulesOf(`${comment('Does it.')}\nexport const x = 1`), [])
})

for (const [what, lines] of [
  ['a Spec without Fidelity', ['Spec: x.']],
  ['a Fidelity without Spec', ['Fidelity: exact.']],
  ['a fidelity of another kind', ['Spec: x.', 'Fidelity: good.']]
] as const) {
  void t.test(`${what} stops the page`, async (t) => {
    t.throws(() => rulesOf(`${comment(...lines)}\nexport const x = 1`))
  })
}

void t.test('a bar in a rule does not break its row', async (t) => {
  const source = `${comment('Spec: x.', 'Fidelity: omits | this.')}\nexport function f(): void {}`

  const page = fidelityPage(new Map([['shared/f.ts', source]]))

  t.match(page, '| `f`, [f.ts](../shared/f.ts) | x | omits \\| this |')
  t.match(page, '1 rules: 0 exact, 0 approximates, 1 omits.')
})
