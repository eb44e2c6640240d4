import { existsSync, globSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import t from 'tap'
import { ROOT } from './support/programs.ts'

const PAGES = [
  '*.md',
  'docs/*.md',
  'services/*/README.md',
  'scenarios/README.md',
  'examples/*/README.md',
  'package/*.md'
]
  .flatMap((pattern) => globSync(pattern, { cwd: ROOT }))
  .toSorted()

const textOf = (path: string) => readFileSync(join(ROOT, path), 'utf8')
/** Without what is code. */
const proseOf = (path: string) =>
  textOf(path)
    .replaceAll(/^```[^]*?^```/gm, '')
    .replaceAll(/`[^`\n]*`/g, 'code')

/** The anchors of a page, as GitHub makes them of its headings. */
const anchorsOf = (path: string): ReadonlySet<string> =>
  new Set(
    textOf(path)
      .split('\n')
      .flatMap((line) => /^#+ (.*)$/.exec(line)?.[1] ?? [])
      .map((heading) =>
        heading
          .toLowerCase()
          .replaceAll(/[^\w\- ]/g, '')
          .replaceAll(' ', '-')
      )
  )

void t.test('every link from one page to another leads to a file, and to a heading where it names one', (t) => {
  const broken = PAGES.flatMap((page) =>
    [...proseOf(page).matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, link = '']) => {
      if (/^(?:\w+:|<)/.test(link)) return []
      const [path = '', anchor] = link.split('#')
      const target = path === '' ? page : normalize(join(dirname(page), path))
      const isThere = existsSync(join(ROOT, target))
      const isHeading = anchor === undefined || !target.endsWith('.md') || (isThere && anchorsOf(target).has(anchor))
      return isThere && isHeading ? [] : [`${page}: ${link}`]
    })
  )
  t.ok(PAGES.length > 30)
  t.same(broken, [])
  t.end()
})

void t.test('docs/README.md leads to every page of docs/', (t) => {
  const named = new Set(
    [...textOf('docs/README.md').matchAll(/\]\(([^)#\s]+)/g)].map(([, link = '']) => normalize(join('docs', link)))
  )
  const pages = PAGES.filter((page) => page.startsWith('docs/') && page !== 'docs/README.md')
  t.same(
    pages.filter((page) => !named.has(page)),
    []
  )
  t.ok(pages.every((page) => statSync(join(ROOT, page)).size > 0))
  t.end()
})
