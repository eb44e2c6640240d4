import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import t from 'tap'

const ROOT = join(import.meta.dirname, '..')
const files = globSync('**/*.{ts,js,mjs,md,yaml,yml,py,sh}', {
  cwd: ROOT,
  exclude: (path) => ['node_modules', 'fixtures'].includes(basename(path))
})
const PAGES = new Set([...files, ...globSync('test/fixtures/**/*.md', { cwd: ROOT })].map((file) => basename(file)))
/** Pages of other people that are cited by their name, since they have no address that lasts. */
const OTHERS: ReadonlySet<string> = new Set(['059_acpi_apei.md'])
/** A page by its name, as prose and comments cite it; addresses of other people's pages are not meant. */
const PAGE = /(?<![\w:/.-])(?:[\w.-]+\/)*[\w-]+\.md\b/g

void t.test('a page that a comment, a test or another page cites is in the repository', (t) => {
  for (const file of files) {
    const cited = new Set(readFileSync(join(ROOT, file), 'utf8').match(PAGE))
    const missing = [...cited].filter((page) => !PAGES.has(basename(page)) && !OTHERS.has(page))
    t.same(missing, [], file)
  }
  t.end()
})
