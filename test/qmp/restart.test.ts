import { existsSync, readdirSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import t from 'tap'
import { vmCreate, vmPause } from '../../shared/contracts/vmm.ts'
import { guarded } from '../support/guarded.ts'
import { services } from '../support/services.ts'
import { negotiated, socketDirectory } from './client.ts'

/** Leaves a socket behind which nobody is, as a process does that is killed. */
async function deadSocket(path: string): Promise<void> {
  const listen = `require('node:net').createServer().listen(process.argv[1], () => console.log('listens'))`
  const running = guarded(process.execPath, ['-e', listen, path])
  for await (const line of createInterface({ input: running.stdout })) if (line === 'listens') break
  await running.kill()
}

void t.test('a VM that was kept has its monitor again, in place of the socket that was left', async (t) => {
  const [directory, data] = [socketDirectory(t), t.testdir()]
  const path = join(directory, 'm0.vm0.qmp')
  await t.test('before', async (t) => {
    const { system } = await services(t, { data, qmp: { directory } })
    await system.tell('m0', vmCreate, { vm: 'vm0', profile: 'qemu-10.2' })
    await system.settle()
    await system.ask('m0', vmPause, { vm: 'vm0' })
  })
  t.notOk(existsSync(path))
  await deadSocket(path)
  t.ok(existsSync(path), 'what kill -9 leaves')

  await services(t, { data, machines: [], qmp: { directory } })
  const { say, line } = await negotiated(t, path)
  say('{"execute":"query-status"}')
  t.equal(await line(), '{"return": {"status": "paused", "running": false}}', 'as it was, and no event of before')
})

void t.test('sockets that a killed service has left are removed, those of another one stay', async (t) => {
  const directory = socketDirectory(t)
  await deadSocket(join(directory, 'm7.vm7.qmp'))
  const other = createServer()
  t.teardown(() => other.close())
  await new Promise<void>((resolve) => other.listen(join(directory, 'm8.vm8.qmp'), resolve))
  await services(t, { qmp: { directory } })
  t.strictSame(readdirSync(directory), ['m8.vm8.qmp'])
})
