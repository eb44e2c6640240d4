import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { ran } from '../support/commands.ts'
import { shellBlocks } from '../support/pages.ts'
import { freePortBase } from '../support/ports.ts'
import { program, ROOT } from '../support/programs.ts'

const PAGE = readFileSync(join(ROOT, 'docs/cli.md'), 'utf8')
const BLOCKS = shellBlocks(PAGE)
/** What is said of a running system is said of one that runs. */
const NEEDS_A_SYSTEM = /seabus (inject|watch) /
const SEABUS = `${process.execPath} ${join(ROOT, 'cli/seabus.ts')}`

void t.test('docs/cli.md has commands', (t) => {
  t.ok(BLOCKS.length >= 5)
  t.end()
})

for (const [index, block] of BLOCKS.entries()) {
  void t.test(`block ${index + 1} of docs/cli.md does what it says: ${block.split('\n')[0]}`, async (t) => {
    // In a folder of its own: it writes files.
    const here = block.replaceAll('npx seabus', SEABUS).replaceAll(/ scenarios\//g, ` ${ROOT}scenarios/`)
    const base = await freePortBase()
    const script = `export SEABUS_PORT_BASE=${base}\n${here}`
    if (NEEDS_A_SYSTEM.test(block)) {
      const system = program('cli/seabus.ts', ['up'], { SEABUS_PORT_BASE: `${base}` })
      t.teardown(() => system.stop())
      await system.says('Ctrl-C ends it.')
    }
    const { code, stderr } = await ran('bash', ['-euo', 'pipefail', '-c', script], t.testdir({}))

    t.strictSame([code, stderr], [0, ''])
  })
}
