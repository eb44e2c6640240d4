import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { debateText } from '../../cli/scenario/debate-page.ts'

void t.test('docs/debate.md tells what comes out (npx seabus debate --write)', async (t) => {
  const written = readFileSync(join(import.meta.dirname, '../../docs/debate.md'), 'utf8')

  t.equal(written, await debateText())
})
