import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { vmCreate } from '../../shared/contracts/vmm.ts'
import { guarded } from '../support/guarded.ts'
import { freePortBase } from '../support/ports.ts'
import { services } from '../support/services.ts'
import { socketDirectory } from './client.ts'

/** The top of QEMU's source, 10.2 or later, which is nothing of ours to ship: its programs are run as they are. */
const QEMU = process.env['SEABUS_QEMU_SCRIPTS']
const OPTIONS = QEMU === undefined ? { skip: 'SEABUS_QEMU_SCRIPTS does not say where the source of QEMU is' } : {}

async function python(home: string, args: readonly string[], input = '') {
  const env = { ...process.env, PYTHONPATH: join(QEMU ?? '', 'python'), HOME: home }
  const running = guarded('bash', ['-c', 'printf "%b" "$0" | python3 "$@"', input, ...args], { env })
  const [stdout, stderr] = await Promise.all([text(running.stdout), text(running.stderr)])
  return { code: await running.ended, stdout, stderr }
}

void t.test("QEMU's ghes_inject.py injects an error as it is", OPTIONS, async (t) => {
  const port = await freePortBase()
  const { system } = await services(t, { qmp: { port } })
  await system.tell('m0', vmCreate, { vm: 'vm0', profile: 'qemu-10.2', vcpus: 2 })
  await system.settle()
  const script = join(QEMU ?? '', 'scripts/ghes_inject.py')
  t.match(
    await python(t.testdir(), [
      script,
      '-H',
      '127.0.0.1',
      '-P',
      String(port),
      'arm',
      '--mpidr',
      '0x444',
      '-t',
      'tlb',
      'bus'
    ]),
    {
      code: 0,
      stdout: 'Error injected.\n'
    }
  )
  await system.settle()
  const journal = (await system.journal('m0')).map((entry) => JSON.stringify(entry)).join('\n')
  t.match(journal, /Hardware error from APEI Generic Hardware Error Source: 1/)
  t.match(journal, /TLB error/)
})

void t.test("QEMU's qmp-shell talks to a VM as it is", OPTIONS, async (t) => {
  const directory = socketDirectory(t)
  const { system } = await services(t, { qmp: { directory } })
  await system.tell('m0', vmCreate, { vm: 'vm0', profile: 'qemu-10.2' })
  await system.settle()
  const typed = 'query-status\\nstop\\nquery-status\\ncont\\nsay hello=1\\nqom-list path=/machine\\nquit\\n'
  const { stdout } = await python(t.testdir(), ['-m', 'qemu.qmp.qmp_shell', `${directory}/m0.vm0.qmp`], typed)
  t.match(stdout, /Connected to QEMU 10\.2\.0/)
  t.strictSame(stdout.match(/\{"(?:return|error)".*\}/g), [
    '{"return": {"status": "running", "running": true}}',
    '{"return": {}}',
    '{"return": {"status": "paused", "running": false}}',
    '{"return": {}}',
    '{"error": {"class": "CommandNotFound", "desc": "The command say has not been found"}}',
    '{"return": [{"name": "type", "type": "string"}, {"name": "unattached", "type": "child<container>"}]}',
    '{"return": {}}'
  ])
})
