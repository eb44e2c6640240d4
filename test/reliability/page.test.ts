import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { withSection } from './page.ts'

const PAGE = readFileSync(join(import.meta.dirname, '../../docs/reliability.md'), 'utf8')

void t.test('a section of the page is written without touching another, and again over itself', (t) => {
  const once = withSection(PAGE, 'soak one', 'some numbers\n')
  t.match(once, 'some numbers')
  t.equal(withSection(withSection(once, 'soak one', 'others'), 'soak one', 'some numbers'), once)
  for (const section of ['chaos', 'soak seven'] as const) t.not(withSection(once, section, 'more'), once)
  t.throws(() => withSection('# Another page', 'chaos', 'more'), /no section chaos/)
  t.end()
})
