import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { vmCreate, vmDelete, vmReset } from '../../shared/contracts/vmm.ts'
import type { ProfileName } from '../../services/vmm/profile.ts'
import { CLIENTS } from '../../services/vmm/qmp/monitor.ts'
import { freePortBase } from '../support/ports.ts'
import { services, type ServicesOptions } from '../support/services.ts'
import { client, negotiated, socketDirectory } from './client.ts'

const M = 'm0'

interface Teardown {
  teardown(close: () => unknown): unknown
}

/** All services, with monitors, and `vm0` on `m0`. */
async function withVm(
  t: Teardown,
  options: ServicesOptions & { readonly profile?: ProfileName; readonly directory?: string } = {}
) {
  const directory = options.directory ?? socketDirectory(t)
  const { profile = 'qemu-10.2', qmp } = options
  const { system, urls } = await services(t, { ...options, qmp: { directory, ...qmp } })
  const make = async (vm: string, how: ProfileName = profile) => {
    await system.tell(M, vmCreate, { vm, profile: how })
    await system.settle()
  }
  if (options.data === undefined) await make('vm0')
  const monitor = async (vm = 'vm0') => {
    const response = await fetch(`${urls.vmm}/v1/machines/${M}/vms/${vm}/monitor`)
    return (await response.json()) as Readonly<Record<string, unknown>>
  }
  /** Looks until the monitor is as it should be: nothing announces a client that is gone. */
  const until = async (holds: (monitor: Readonly<Record<string, unknown>>) => boolean) => {
    for (let now = await monitor(); ; now = await monitor()) if (holds(now)) return now
  }
  return { directory, path: join(directory, 'm0.vm0.qmp'), system, urls, make, monitor, until }
}

void t.test('each VM has a socket of its own, for its owner alone', async (t) => {
  const { directory, path, make, monitor } = await withVm(t)
  await make('vm1')
  t.strictSame(readdirSync(directory).sort(), ['m0.vm0.qmp', 'm0.vm1.qmp'])
  t.equal(statSync(path).mode & 0o777, 0o600)
  t.strictSame(await monitor(), { vm: 'vm0', path, clients: 0, dropped: 0 })
  const { say, line } = await negotiated(t, join(directory, 'm0.vm1.qmp'))
  say('{"execute":"query-name"}')
  t.equal(await line(), '{"return": {"name": "vm1"}}')
})

void t.test('a VMM that has no QMP has no socket, and says so', async (t) => {
  const { directory, monitor } = await withVm(t, { profile: 'firecracker' })
  t.strictSame(readdirSync(directory), [])
  t.match(await monitor(), { because: 'firecracker has no QMP' })
})

void t.test('without a place for them there are no monitors', async (t) => {
  const { system, urls } = await services(t)
  await system.tell(M, vmCreate, { vm: 'vm0' })
  await system.settle()
  const response = await fetch(`${urls.vmm}/v1/machines/${M}/vms/vm0/monitor`)
  t.match(await response.json(), { clients: 0, because: /SEABUS_QMP/ })
  t.equal((await fetch(`${urls.vmm}/v1/machines/${M}/vms/vm9/monitor`)).status, 404)
  t.equal((await fetch(`${urls.vmm}/v1/machines/m9/vms/vm0/monitor`)).status, 404)
})

void t.test('two clients see the same VM, each with its own answers', async (t) => {
  const { path } = await withVm(t)
  const [one, two] = [await negotiated(t, path), await negotiated(t, path)]
  one.say('{"execute":"stop","id":1}')
  t.match(await two.line(), /"event": "STOP"/)
  t.match(await one.line(), /"event": "STOP"/)
  t.equal(await one.line(), '{"return": {}, "id": 1}')
  two.say('{"execute":"cont","id":"two"}')
  t.match(await two.line(), /"event": "RESUME"/)
  t.equal(await two.line(), '{"return": {}, "id": "two"}')
  t.match(await one.line(), /"event": "RESUME"/)
})

void t.test(
  'a command is in the journal like any other message, and what anybody else does is told as events',
  async (t) => {
    const { path, system } = await withVm(t)
    const { say, line } = await negotiated(t, path)
    say('{"execute":"stop"}')
    await line()
    await line()
    const journal = await system.journal('m0')
    t.match(
      journal.find(({ type }) => type === 'vm.pause'),
      { kind: 'message', from: 'outside', to: 'vmm', data: { vm: 'vm0' } }
    )
    await system.ask(M, vmReset, { vm: 'vm0' })
    t.match(await line(), /"event": "RESET", "data": \{"guest": false, "reason": "host-qmp-system-reset"\}/)
    say('{"execute":"query-status"}')
    t.equal(await line(), '{"return": {"status": "prelaunch", "running": false}}')
  }
)

void t.test('what the VMM refuses is a GenericError with its words', async (t) => {
  const { path } = await withVm(t)
  const { say, line } = await negotiated(t, path)
  say(`{"execute":"inject-ghes-v2-error","arguments":{"cper":"${'A'.repeat(70_000)}"},"id":1}`)
  t.match(await line(), /^\{"id": 1, "error": \{"class": "GenericError", "desc": ".+"\}\}$/)
  say('{"execute":"inject-ghes-v2-error","arguments":{"cper":"no base64!"},"id":2}')
  t.equal(await line(), '{"id": 2, "error": {"class": "GenericError", "desc": "the CPER is no valid base64"}}')
})

void t.test('with the VM its socket is gone, and its clients are told first', async (t) => {
  const { path, make, monitor } = await withVm(t)
  const [one, two] = [await negotiated(t, path), await negotiated(t, path)]
  one.say('{"execute":"quit"}{"execute":"query-status"}')
  const [answer, ...more] = await one.rest()
  t.equal(answer, '{"return": {}}')
  t.match(more, [/"event": "SHUTDOWN", "data": \{"guest": false, "reason": "host-qmp-quit"\}/])
  t.equal(more.length, 1, 'what it says after that is not answered')
  t.match(await two.rest(), [/"event": "SHUTDOWN"/])
  t.notOk(existsSync(path))
  t.match(await monitor(), { because: 'the VM is stopped' })
  await make('vm1')
})

void t.test('a VM that is deleted has no socket any more; another one of its name has', async (t) => {
  const { path, system, make } = await withVm(t)
  const before = await negotiated(t, path)
  await system.ask(M, vmDelete, { vm: 'vm0' })
  t.match(await before.rest(), [/"event": "SHUTDOWN"/])
  t.notOk(existsSync(path))
  await make('vm0')
  const { say, line } = await negotiated(t, path)
  say('{"execute":"query-status"}')
  t.match(await line(), /"running"/)
})

void t.test('with a machine the sockets of its VMs are gone', async (t) => {
  const { path, urls } = await withVm(t)
  const { rest } = await negotiated(t, path)
  await fetch(`${urls.vmm}/v1/machines/${M}`, { method: 'DELETE' })
  await rest()
  t.notOk(existsSync(path))
})

void t.test('a client that speaks HTTP is let go without a word', async (t) => {
  const { path, until } = await withVm(t)
  const { say, line, rest } = await client(t, path)
  await line()
  say('POST /v1/machines HTTP/1.1\r\nHost: localhost\r\n\r\n{"execute":"qmp_capabilities"}{"execute":"quit"}')
  t.strictSame(await rest(), [])
  t.match(await until(({ clients }) => clients === 0), { dropped: 1, path })
})

void t.test('a client that reads nothing is let go, and costs no more than its limit', async (t) => {
  const { path, until } = await withVm(t)
  const { socket, say } = await negotiated(t, path)
  socket.pause()
  const commands = '{"execute":"query-commands"}'.repeat(1000)
  socket.on('drain', () => say(commands))
  for (let i = 0; i < 100; i++) say(commands)
  t.match(await until(({ clients }) => clients === 0), { dropped: 1 })
})

void t.test('there are so many clients of a VM, and one more is turned away', async (t) => {
  const { path, until } = await withVm(t)
  const clients = await Promise.all(Array.from({ length: CLIENTS }, () => negotiated(t, path)))
  const more = await client(t, path)
  t.strictSame(await more.rest(), [])
  const [first] = clients
  first?.socket.destroy()
  await until((now) => now['clients'] === CLIENTS - 1)
  const { line } = await client(t, path)
  t.match(await line(), /^\{"QMP"/)
})

void t.test('what a client has sent is answered though it has nothing more to say', async (t) => {
  const { path } = await withVm(t)
  const { socket, rest } = await client(t, path)
  socket.end('{"execute":"qmp_capabilities"}{"execute":"stop","id":1}{"execute":"query-name"}')
  const lines = await rest()
  t.equal(lines.at(-1), '{"return": {"name": "vm0"}}')
  t.equal(lines.at(-2), '{"return": {}, "id": 1}')
})

void t.test('where a port is asked for each VM has the next one that is free, on the loopback', async (t) => {
  const port = await freePortBase()
  const { make, monitor } = await withVm(t, { qmp: { port } })
  await make('vm1')
  t.match([await monitor('vm0'), await monitor('vm1')], [{ port }, { port: port + 1 }])
  const { say, rest } = await negotiated(t, port)
  say('{"execute":"quit"}')
  await rest()
  await make('vm2')
  t.match(await monitor('vm2'), { port })
})

void t.test('a port that another program has is told, and the socket is there all the same', async (t) => {
  const port = await freePortBase()
  const other = createServer()
  t.teardown(() => other.close())
  await new Promise<void>((resolve) => other.listen(port, '127.0.0.1', resolve))
  const { monitor, path } = await withVm(t, { qmp: { port } })
  t.match(await monitor(), { path, because: `127.0.0.1:${port} is in use already` })
})

void t.test('a path that is too long for a socket is told', async (t) => {
  const directory = join(socketDirectory(t), 'a'.repeat(100))
  const { monitor } = await withVm(t, { directory })
  t.match(await monitor(), { because: /has \d+ bytes, and the path of a Unix socket 107 at most$/ })
})

void t.test('a file that is no socket is left alone where a socket should be', async (t) => {
  const directory = socketDirectory(t)
  writeFileSync(join(directory, 'm0.vm0.qmp'), 'mine')
  const { monitor } = await withVm(t, { directory })
  t.match(await monitor(), { because: /is in use already$/ })
  t.equal(statSync(join(directory, 'm0.vm0.qmp')).size, 4)
})

void t.test('the sockets are gone when the service ends', async (t) => {
  const directory = socketDirectory(t)
  await t.test('while it runs', async (t) => {
    await withVm(t, { directory })
    t.strictSame(readdirSync(directory), ['m0.vm0.qmp'])
  })
  t.strictSame(readdirSync(directory), [])
})
