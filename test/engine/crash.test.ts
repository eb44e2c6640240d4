import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import type { Entry } from '../../shared/trace/entry.ts'
import { sqliteStore } from '../../shared/engine/store-sqlite.ts'
import { portsFromEnv, wholeNumber } from '../../shared/service/environment.ts'
import { get, post, until } from '../service/http.ts'
import { guarded, type Guarded } from '../support/guarded.ts'
import { freePortBase } from '../support/ports.ts'

const MAIN = fileURLToPath(new URL('./crash-service.ts', import.meta.url))
const M = '/v1/machines/m0'

type Variables = Readonly<Record<string, string>>
const run = (layer: string, env: Variables, stderr: 'pipe' | 'inherit' = 'inherit') =>
  guarded(process.execPath, [MAIN, layer], { env: { PATH: process.env['PATH'], ...env }, stderr })

/** Starts a service and waits until it says that it serves. */
async function start(layer: string, env: Variables): Promise<Guarded> {
  const service = run(layer, env)
  for await (const line of createInterface({ input: service.stdout })) {
    if (line.includes('serves')) return service
  }
  throw new Error(`${layer} did not start`)
}

void t.test('kill -9 of sender and receiver loses nothing that was accepted and does nothing twice', async (t) => {
  const directory = t.testdir()
  const vmmPort = await freePortBase()
  const guestPort = vmmPort + 1
  const [vmmUrl, guestUrl] = [`http://127.0.0.1:${vmmPort}`, `http://127.0.0.1:${guestPort}`]
  const common = { SEABUS_DATA: directory, GUEST_URL: guestUrl, SEABUS_LOG: 'silent' }
  const startVmm = () => start('vmm', { ...common, SEABUS_PORT: String(vmmPort) })
  const startGuest = () => start('guest', { ...common, SEABUS_PORT: String(guestPort) })
  let vmm = await startVmm()
  let guest = await startGuest()
  t.teardown(() => Promise.all([vmm.kill(), guest.kill()]))
  const values = Array.from({ length: 120 }, (_, i) => i + 1)
  const accepted = new Set<number>()
  const send = async (value: number) => {
    const body = { value: `0x${value.toString(16)}` }
    const { status } = await post(`${vmmUrl}${M}/sums/a`, body, { 'idempotency-key': `k${value}` })
    if (status === 202) accepted.add(value)
  }

  for (const [i, part] of [values.slice(0, 40), values.slice(40, 80), values.slice(80)].entries()) {
    const sending = part.map((value) => send(value).catch(() => undefined))
    await Promise.race(sending)
    if (i === 0) await vmm.kill()
    if (i === 1) await guest.kill()
    await Promise.all(sending)
    if (i === 0) vmm = await startVmm()
    if (i === 1) guest = await startGuest()
  }
  const acceptedBefore = [...accepted]
  const afterCrash = await until(vmmUrl, ({ id }) => id === `k${values.length}`)
  for (const value of values) await send(value)

  const kept = new Set(afterCrash.map(({ id }) => id))
  t.strictSame(
    acceptedBefore.filter((value) => !kept.has(`k${value}`) && value <= 80),
    [],
    'accepted before, kept after'
  )
  t.match(await get(`${vmmUrl}${M}/sums`), { count: 120, total: `0x${(7260).toString(16)}` })
  const arrived = new Set<string>()
  const all = await until(
    guestUrl,
    ({ id, type }: Entry) => type === 'guest.seen' && arrived.add(id).size === values.length
  )
  t.equal(all.filter(({ type }) => type === 'guest.seen').length, values.length, 'each arrived once')
  const seen = (await get(`${guestUrl}${M}/seen`)) as { values: string[] }
  t.strictSame(
    seen.values.map(Number).toSorted((a, b) => a - b),
    values
  )
})

void t.test('a service ends gracefully on SIGTERM', async (t) => {
  const port = String(await freePortBase())
  const vmm = await start('vmm', { SEABUS_PORT: port, GUEST_URL: 'http://127.0.0.1:9', SEABUS_LOG: 'silent' })

  vmm.stop()

  t.equal(await vmm.ended, 0)
})

async function failure(env: Variables): Promise<{ code: number; told: string }> {
  const service = run('vmm', env, 'pipe')
  service.stdout.resume()
  const told = await text(service.stderr)
  return { code: await service.ended, told }
}

void t.test('a port in use or a wrong variable ends a service with one line and exit code 1', async (t) => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const { port } = server.address() as AddressInfo

  const used = await failure({ SEABUS_PORT: String(port) })
  const wrong = await failure({ GUEST_URL: 'nowhere' })

  t.strictSame(used, { code: 1, told: `vmm cannot listen: 127.0.0.1:${port} is in use already\n` })
  t.strictSame(wrong, { code: 1, told: 'GUEST_URL is no URL: nowhere\n' })
})

void t.test('a variable that makes no sense is named with what it should be', async (t) => {
  const cases: [Record<string, string>, RegExp][] = [
    [{ SEABUS_PORT: 'http' }, /^SEABUS_PORT must be a whole number up to 65535, not http$/],
    [{ SEABUS_LOG: 'loud' }, /^SEABUS_LOG must be one of silent, .*, not loud$/],
    [{ SEABUS_RETENTION: '-1' }, /^SEABUS_RETENTION must be a whole number/],
    [{ SEABUS_DATA: '/dev/null/x' }, /^SEABUS_DATA=\/dev\/null\/x cannot be used: /]
  ]

  for (const [env, message] of cases) {
    t.throws(
      () => [portsFromEnv('vmm', env), wholeNumber(env, 'SEABUS_PORT', 65_535)],
      { message },
      JSON.stringify(env)
    )
  }
})

void t.test('a data directory that is in use is said to be, and not that a database is locked', async (t) => {
  const data = t.testdir()
  const store = sqliteStore(data, 'vmm')

  t.throws(() => portsFromEnv('vmm', { SEABUS_DATA: data, SEABUS_LOG: 'silent' }), {
    message: /^SEABUS_DATA=.* cannot be used: another seabus is running with it/
  })
  store.close()
})
