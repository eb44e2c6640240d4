import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { ran } from '../support/commands.ts'
import { freePortBase } from '../support/ports.ts'
import { ROOT } from '../support/programs.ts'

const PAGE = readFileSync(join(ROOT, 'docs/cli.md'), 'utf8')
const BLOCKS = [...PAGE.matchAll(/^```sh\n([^]*?)^```/gm)].map(([, block = '']) => block)
const SEABUS = `${process.execPath} ${join(ROOT, 'cli/seabus.ts')}`

void t.test('docs/cli.md has commands', (t) => {
  t.ok(BLOCKS.length >= 5)
  t.end()
})

for (const [index, block] of BLOCKS.entries()) {
  void t.test(`block ${index + 1} of docs/cli.md does what it says: ${block.split('\n')[0]}`, async (t) => {
    // In a folder of its own: it writes files.
    const here = block.replaceAll('npx seabus', SEABUS).replaceAll(/ scenarios\//g, ` ${ROOT}scenarios/`)
    const script = `export SEABUS_PORT_BASE=${await freePortBase()}\n${here}`
    const { code, stderr } = await ran('bash', ['-euo', 'pipefail', '-c', script], t.testdir({}))

    t.strictSame([code, stderr], [0, ''])
  })
}
