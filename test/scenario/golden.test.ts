import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { goldenOf, type Golden } from '../support/golden.ts'

/** Written anew with SEABUS_GOLDEN=write; a change of it belongs into the commit that means to change what happens. */
const FILE = join(import.meta.dirname, '../fixtures/golden/journals.json')

void t.test(
  'every shipped scenario has the journal that it had, as its file says and in every column of the matrix',
  async (t) => {
    const now = await goldenOf()
    if (process.env['SEABUS_GOLDEN'] === 'write') writeFileSync(FILE, `${JSON.stringify(now, null, 1)}\n`)
    const then = JSON.parse(readFileSync(FILE, 'utf8')) as Golden
    t.same(Object.keys(now), Object.keys(then), 'the scenarios')
    for (const [file, hashes] of Object.entries(now)) t.same(hashes, then[file], file)
  }
)
