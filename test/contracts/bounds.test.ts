import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { BOUNDS } from '../../shared/contracts/bounds.ts'

void t.test('each bound is in docs/limits.md with its number, and no other is', (t) => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/limits.md'), 'utf8')
  const [, table = ''] = page.split('## What one machine may have')
  const rows = [...table.matchAll(/^\| `(\w+)` +\| (\d+) /gm)].map(([, name, most]) => [name, Number(most)])

  t.strictSame(
    rows.toSorted(),
    Object.entries(BOUNDS)
      .map(([name, { most }]) => [name, most])
      .toSorted()
  )
  t.end()
})
