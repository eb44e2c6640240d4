import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { ROOT } from '../support/programs.ts'

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8')
const GLOSSARY = read('docs/glossary.md')
/** Written from the code, whose doc comments are no prose for beginners. */
const GENERATED = ['docs/fidelity.md', 'docs/specs.md']
const PAGES = ['README.md', ...globSync(['docs/*.md', 'services/*/README.md', 'examples/*/README.md'], { cwd: ROOT })]
  .filter((path) => path !== 'docs/glossary.md' && !GENERATED.includes(path))
  .toSorted()

/** What every reader of these pages knows, names of products and of files, and what stands in tables of its own. */
const EVERYDAY: ReadonlySet<string> = new Set([
  ...[
    'API',
    'CI',
    'CSV',
    'DELETE',
    'GET',
    'HTML',
    'HTTP',
    'ID',
    'JSON',
    'MB',
    'OK',
    'PATCH',
    'PNG',
    'POST',
    'PUT',
    'RFC'
  ],
  ...['SHA', 'SQL', 'SVG', 'TAP', 'TCP', 'TLS', 'UDP', 'URL', 'UTC', 'UTF', 'W3C', 'XML', 'YAML'],
  ...['AMD', 'ARM', 'EPYC', 'OTLP', 'README', 'SECURITY', 'CHANGELOG', 'CONTRIBUTING'],
  ...['EINTR', 'EINVAL', 'ENOSPC', 'ENOENT', 'SIGINT', 'SIGKILL', 'SIGTERM']
])
/** S1 to S27 are the numbers of docs/story.md, R1 and so on of other lists. */
const isNumber = (word: string) => /^[A-Z]\d+$/.test(word)

const prose = (text: string) => text.replaceAll(/```[^]*?```/g, '').replaceAll(/`[^`]*`/g, '')
const TERMS = new Set(
  [...GLOSSARY.matchAll(/^\| ([^|]+) \|/gm)].flatMap(([, terms = '']) =>
    terms.split(', ').map((term) => term.replaceAll('`', ''))
  )
)

const isKnown = (word: string) => EVERYDAY.has(word) || isNumber(word) || TERMS.has(word)

/** What stands on one page or two is explained there. */
const LEAST = { times: 4, pages: 3 }

void t.test('every abbreviation of several pages has its line in the glossary', (t) => {
  const used = new Map<string, string[]>()
  for (const page of PAGES) {
    for (const [word] of prose(read(page)).matchAll(/\b[A-Z][A-Z0-9]+\b(?![-_])/g)) {
      used.set(word, [...(used.get(word) ?? []), page])
    }
  }
  const missing = [...used]
    .filter(([word, pages]) => pages.length >= LEAST.times && new Set(pages).size >= LEAST.pages && !isKnown(word))
    .map(([word, pages]) => `${word} in ${[...new Set(pages)].join(', ')}`)

  t.strictSame(missing, [])
  t.ok([...used.keys()].includes('SEA'), 'pages are looked at')
  t.end()
})

void t.test('each line says where the model has it, in a file that is there', (t) => {
  const rows = GLOSSARY.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| term'))
  for (const row of rows) {
    const [, path] = /\]\(\.\.\/([^)]+)\) \|$/.exec(row) ?? []
    t.ok(path !== undefined && existsSync(join(ROOT, path)), row)
  }
  t.ok(rows.length > 50)
  t.end()
})
