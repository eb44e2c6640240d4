import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { ran } from '../support/commands.ts'
import { shellBlocks } from '../support/pages.ts'
import { freePortBase } from '../support/ports.ts'
import { program, ROOT } from '../support/programs.ts'
import { negotiated, socketDirectory } from './client.ts'

const PAGE = readFileSync(join(ROOT, 'docs/qmp.md'), 'utf8')
/** A status block with one ARM processor error. */
const RECORD =
  'AQAAAAAAAAAAAAAAkAAAAAAAAAAWPZ7hEbzkEZyqwgUdXUawAAAAAAADAABIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAEAAAAAQAAAEgAAAAAAAAAAAAAAAAAAADB0E9BAAAAAAAAAAAAAAAAACAEAAIBAAMPAJEAAAAAAO++rd4AAAAArQu6qwAAAAA='
const commandsWith = (words: string) =>
  shellBlocks(PAGE)
    .flatMap((block) => block.split('\n'))
    .filter((line) => line.includes(words))

void t.test('docs/qmp.md says how monitors are asked for and where they are', async (t) => {
  const [directory, base] = [socketDirectory(t), await freePortBase()]
  const [start = ''] = commandsWith('npm start').filter((line) => line.includes('/run/seabus'))
  const [, where = ''] = /SEABUS_QMP=(\S+) npm start/.exec(start) ?? []
  t.equal(where, '/run/seabus')
  const system = program('cli/start.ts', ['--qmp', directory], { SEABUS_PORT_BASE: `${base}` })
  t.teardown(() => system.stop())
  await system.says('Ctrl-C ends it.')
  const vmm = `http://127.0.0.1:${base + 4}`
  const made = await fetch(`${vmm}/v1/machines/m0/vms`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ vm: 'vm0', profile: 'qemu-10.2' })
  })
  t.equal(made.status, 202)

  const [ask = ''] = commandsWith('/monitor')
  const here = ask.replace('localhost:7004', `127.0.0.1:${base + 4}`)
  let told: { readonly path?: string } = {}
  // It is made by and by: nothing is asked of it until it is there.
  while (told.path === undefined) told = JSON.parse((await ran('bash', ['-c', here])).stdout) as typeof told
  t.equal(told.path, join(directory, 'm0.vm0.qmp'))

  const names = [...PAGE.matchAll(/^\| (`[^|]+`) +\|/gm)].flatMap(([, cell = '']) => [
    ...cell.matchAll(/`([a-z_0-9-]+)`/g)
  ])
  const documented = names.map(([, name]) => name).sort()
  const { say, line } = await negotiated(t, told.path ?? '')
  say('{"execute":"query-commands"}')
  const answered = JSON.parse((await line()) ?? '') as { readonly return: readonly { readonly name: string }[] }
  t.strictSame(documented, answered.return.map(({ name }) => name).sort(), 'every command, and no other')
})

void t.test('the command that injects a record is printed as docs/qmp.md says', async (t) => {
  const [line = ''] = commandsWith('--to qmp')
  const record = join(t.testdir(), 'record.bin')
  writeFileSync(record, Buffer.from(RECORD, 'base64'))
  const seabus = `${process.execPath} ${join(ROOT, 'cli/seabus.ts')}`
  const { code, stdout } = await ran('bash', ['-c', line.replace('npx seabus', seabus).replace('record.bin', record)])
  t.equal(code, 0)
  t.match(JSON.parse(stdout), { execute: 'inject-ghes-v2-error', arguments: { cper: /^[A-Za-z0-9+/]+=*$/ } })
})
