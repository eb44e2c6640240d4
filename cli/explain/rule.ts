import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { folded, type Explanation, type Subject } from './explanation.ts'

const FILE = join(import.meta.dirname, '../../docs/fidelity.json')

/** A rule as docs/fidelity.json has it. */
interface Row {
  readonly title?: string
  readonly text?: string
  readonly file: string
  readonly spec: string
  readonly degree: string
  readonly fidelity: string
}

let read: Readonly<Record<string, Row>> | undefined

const rows = (): Readonly<Record<string, Row>> =>
  (read ??= JSON.parse(readFileSync(FILE, 'utf8')) as Readonly<Record<string, Row>>)

/** What a rule of the model does, by the name that it has in docs/fidelity.json; undefined where none has it. */
export const ruleSays = (key: string): string | undefined => sayOf(rows()[key])

const sayOf = (row: Row | undefined): string | undefined => row?.text ?? row?.title

const explanationOf = (key: string, row: Row): Explanation => ({
  kind: 'rule',
  name: key.split('#')[1] ?? key,
  title: sayOf(row) ?? row.spec,
  facts: [
    { label: 'Spec', says: row.spec },
    { label: 'Fidelity', says: row.fidelity },
    { label: 'module', says: row.file }
  ],
  data: { rule: key, ...row }
})

/**
 * The rules of docs/fidelity.md: by the name there, by `file#name`, by the file, or as the kernel calls what they follow
 * (`do_sea`).
 */
export const RULES: Subject = {
  kind: 'rule',
  names: () => [...new Set(Object.keys(rows()).map((key) => key.split('#')[1] ?? key))],
  explain(name) {
    const wanted = folded(name)
    return Object.entries(rows()).flatMap(([key, row]) => (isCalled(wanted, key, row) ? [explanationOf(key, row)] : []))
  }
}

function isCalled(wanted: string, key: string, { file, spec }: Row): boolean {
  const own = key.split('#')[1] ?? ''
  const base = file.split('/').at(-1) ?? ''
  if ([key, own, file, base, base.replace(/\.ts$/, '')].some((name) => folded(name) === wanted)) return true
  return wordsOf(spec).some((word) => folded(word) === wanted)
}

/** Functions and tables of a kernel or a VMM that a rule cites: words with an underscore. */
const wordsOf = (spec: string) => spec.match(/\b\w*_\w*\b/g) ?? []
