import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { readStory } from '../../services/console/stories.ts'
import { runScenario } from '../../shared/scenario/run-scenario.ts'
import { HEADER } from '../../shared/transport/headers.ts'
import { ran, served } from '../support/commands.ts'
import { shellBlocks } from '../support/pages.ts'
import { freePortBase } from '../support/ports.ts'
import { ROOT } from '../support/programs.ts'
import { withPython } from '../support/stand-ins/python.ts'

const PAGE = readFileSync(join(ROOT, 'docs/replacing-a-layer.md'), 'utf8')
const BLOCKS = shellBlocks(PAGE)
const SMALL = join(ROOT, 'examples/firmware-small/firmware.py')

void t.test('docs/replacing-a-layer.md: the blocks of its example do what the page says', async (t) => {
  const [base, port] = [await freePortBase(), await freePortBase()]
  const neighbours = `export HARDWARE_URL=http://127.0.0.1:${base + 1} HOST_KERNEL_URL=http://127.0.0.1:${base + 3}`
  const inRoot = (before: string, block: string) => `${before}\ncd '${ROOT}'\n${here(block)}`
  const here = (block: string) =>
    block.replaceAll('8002', `${port}`).replaceAll('npm start --', `${process.execPath} cli/start.ts`)
  const [server = '', story = '', ...others] = BLOCKS
  t.strictSame(others, [])
  t.match(server, /&\n$/)

  await served(t, 'bash', ['-c', inRoot(neighbours, server.replace(' &', ''))])
  const { code, stdout, stderr } = await ran('bash', [
    '-euo',
    'pipefail',
    '-c',
    inRoot(`export SEABUS_PORT_BASE=${base}`, story)
  ])

  t.equal(code, 0, `${stdout}${stderr}`)
  t.match(stdout, /GSIV/)
})

void t.test(
  'with the small firmware the story ends as with ours, and the journal has causes before effects',
  async (t) => {
    const { system } = await withPython(t, 'firmware', SMALL)
    const { cell, journal } = await runScenario(system, readStory('morse'), 'm0')

    t.equal(cell, 'process killed')
    const messages = journal.filter(({ kind }) => kind === 'message')
    const takes = messages.filter(({ type, to }) => type === 'exception.take' && to === 'firmware')
    t.ok(takes.length > 0)
    for (const { id } of takes) {
      const [take] = messages.flatMap((entry, place) => (entry.id === id ? [place] : []))
      const effects = messages.flatMap(({ cause, type, from }, place) => (cause === id ? [{ place, type, from }] : []))
      t.ok(effects.some(({ type }) => type === 'exception.return'))
      for (const { place, type, from } of effects) {
        t.equal(from, 'outside')
        t.ok((take ?? Infinity) < place, `${type} stands behind ${id}`)
      }
    }
    t.match(messages.filter(({ type }) => type === 'apei.notify')[0], { cause: takes[0]?.id })
  }
)

void t.test('docs/replacing-a-layer.md names every header of a message', (t) => {
  const [, table = ''] = /## Headers([^]*?)## /.exec(PAGE) ?? []
  const ofMessages = [HEADER.id, HEADER.source, HEADER.type, HEADER.subject, HEADER.time, HEADER.causationid]
  for (const name of [...ofMessages, HEADER.traceparent, HEADER.idempotencyKey]) t.match(table, `\`${name}\``)
  t.end()
})
