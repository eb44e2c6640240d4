import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { PAGES } from '../../cli/docs/write.ts'
import { ROOT } from '../support/programs.ts'

for (const [path, page] of Object.entries(PAGES)) {
  void t.test(`${path} is what the code says; if not, node cli/docs/write.ts`, (t) => {
    t.equal(readFileSync(join(ROOT, path), 'utf8'), page())
    t.end()
  })
}

void t.test('every key of a scenario is in the reference with what it means', (t) => {
  const rows = readFileSync(join(ROOT, 'docs/scenario-reference.md'), 'utf8')
    .split('\n')
    .filter((line) => /^\| (?:\*\*)?`/.test(line))
  t.ok(rows.length > 80, `${rows.length} rows`)
  t.same(
    rows.filter((row) => /\|\s*\|$/.test(row)),
    []
  )
  t.end()
})
