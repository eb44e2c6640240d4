import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { folded, type Explanation, type Subject } from './explanation.ts'

const FILE = join(import.meta.dirname, '../../docs/glossary.md')

/** A line of the glossary. */
interface Term {
  /** Several where they mean the same: `GPA, IPA`. */
  readonly names: readonly string[]
  readonly standsFor: string
  readonly means: string
  /** Files of the model, from the root. */
  readonly modules: readonly string[]
}

let read: readonly Term[] | undefined

const terms = (): readonly Term[] => (read ??= termsIn(readFileSync(FILE, 'utf8')))

/** The rows of the tables of docs/glossary.md, without those that head them. */
function termsIn(text: string): readonly Term[] {
  const rows = [...text.matchAll(/^\|(.+)\|$/gm)].map(([, row = '']) => row.split('|').map((cell) => cell.trim()))
  return rows.flatMap(([names = '', standsFor = '', means = '', model = '', ...more]) => {
    if (means === '' || more.length > 0 || /^-+$/.test(means)) return []
    const modules = [...model.matchAll(/\]\(\.\.\/([^)]+)\)/g)].map(([, path = '']) => path)
    return [{ names: names.split(', ').map(plain), standsFor: plain(standsFor), means: plain(means), modules }]
  })
}

/** A cell without the marks of Markdown. */
const plain = (cell: string): string => cell.replaceAll(/`|\[([^\]]*)\]\([^)]*\)/g, '$1')

/** Words and abbreviations of the error path, as docs/glossary.md has them. */
export const TERMS: Subject = {
  kind: 'term',
  names: () => terms().flatMap(({ names }) => names),
  explain: (name) =>
    terms()
      .filter(({ names }) => names.some((one) => folded(one) === folded(name)))
      .map(({ names, standsFor, means, modules }): Explanation => ({
        kind: 'term',
        name: names.join(', '),
        title: means,
        facts: [
          ...(standsFor === '' ? [] : [{ label: 'stands for', says: standsFor }]),
          ...(modules.length === 0 ? [] : [{ label: 'in the model', says: modules }])
        ],
        data: { names, standsFor, means, modules }
      }))
}
