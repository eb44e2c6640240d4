import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import type { Became } from '../../shared/contracts/became.ts'
import { ID_MAX_LENGTH } from '../../shared/contracts/event-id.ts'
import { errorRecordSubmit } from '../../shared/contracts/firmware.ts'
import { taskAccess, taskCreate } from '../../shared/contracts/guest.ts'
import { errorInject } from '../../shared/contracts/hardware.ts'
import { processAccess, processCreate } from '../../shared/contracts/host-kernel.ts'
import type { MessageType } from '../../shared/contracts/message.ts'
import { fwCfgWrite, vmCreate } from '../../shared/contracts/vmm.ts'
import type { System } from '../../shared/machine-room/system.ts'
import { memoryReport } from '../../shared/scenario/report-bytes.ts'
import { request } from '../support/requests.ts'
import { room } from '../support/room.ts'
import { services } from '../support/services.ts'

const M = 'm0'
const PAGE = 0x7bf1_5000n
const VICTIM = {
  pid: 119,
  comm: 'victim',
  mceKill: 'early' as const,
  mappings: [{ hostVirtual: 0xffff_9a80_1000n, hostPhysical: PAGE, length: 0x1000n, backing: 'anonymous' as const }]
}
const POISON = {
  kind: 'memory' as const,
  hostPhysical: PAGE,
  signalled: 'SEA' as const,
  containment: 'UER' as const,
  severity: 'recoverable' as const
}
const LOAD = { pid: 119, hostVirtual: 0xffff_9a80_1018n, access: 'load' as const }
const TASK = { vm: 'vm0', pid: 1200 }
const TOUCH = { ...TASK, guestVirtual: 0xffff_9000_0018n, access: 'load' as const }
const record = (physicalAddress: bigint, severity: 'recoverable' | 'fatal' = 'recoverable') =>
  memoryReport({ severity, threshold: false, physicalAddress })

/** What became of a message, without what differs from run to run. */
async function sent(system: System, message: MessageType, data: unknown): Promise<Became> {
  const id = await system.tell(M, message, data as never)
  return system.became(M, message, id)
}

const inProcess = async (): Promise<System> => room().system
const overHttp = async (t: Test): Promise<System> => (await services(t)).system

for (const [where, systemOf] of [
  ['in process', inProcess],
  ['over HTTP', overHttp]
] as const) {
  void t.test(`${where}: the sender can ask what became of what was accepted`, async (t) => {
    const system = await systemOf(t)
    await system.createMachine(M)
    await system.ask(M, processCreate, VICTIM)

    const planted = await sent(system, errorInject, POISON)
    const consumed = await sent(system, processAccess, LOAD)
    const polled = await sent(system, errorRecordSubmit, { source: 1, bytes: record(0x4800_0000n) })
    const behind = await sent(system, errorRecordSubmit, { source: 1, bytes: record(0x4800_1000n) })

    t.match(planted, { became: 'settled', outcome: [{ layer: 'hardware', type: 'error.planted' }] })
    t.match(consumed, { became: 'settled', refused: [], held: [], waits: [] })
    t.match(consumed.outcome.at(-1), { layer: 'host-kernel', type: 'host.access', data: { outcome: 'signalled' } })
    t.match(polled, { became: 'held', held: [{ layer: 'host-kernel', until: /^it does in [\d.]+ ms$/ }] })
    t.match(behind, { became: 'held', held: [{ layer: 'firmware', until: 'the OS acknowledges source 1' }] })
  })

  void t.test(`${where}: a record that is taken though it breaks a rule says which, published or held`, async (t) => {
    const system = await systemOf(t)
    await system.createMachine(M)
    const withRest = (physicalAddress: bigint) => Uint8Array.from([...record(physicalAddress), 1, 2, 3])

    const published = await sent(system, errorRecordSubmit, { source: 1, bytes: withRest(0x4800_0000n) })
    const held = await sent(system, errorRecordSubmit, { source: 1, bytes: withRest(0x4800_1000n) })
    const sound = await sent(system, errorRecordSubmit, { source: 3, bytes: record(0x4800_2000n) })

    const unsound = { layer: 'firmware', type: 'record.unsound', data: { offset: record(0n).length } }
    t.match(published.outcome, [unsound, { type: 'record.published' }])
    t.match(held.outcome, [unsound])
    t.match(held.held, [{ until: 'the OS acknowledges source 1' }])
    t.notOk(sound.outcome.some(({ type }) => type === unsound.type))
  })

  void t.test(`${where}: a record for a host that has panicked says so`, async (t) => {
    const system = await systemOf(t)
    await system.createMachine(M)

    const fatal = await sent(system, errorRecordSubmit, { source: 3, bytes: record(0x4800_0000n, 'fatal') })
    const told = await sent(system, errorRecordSubmit, { source: 3, bytes: record(0x4800_1000n) })
    const polled = await sent(system, errorRecordSubmit, { source: 1, bytes: record(0x4800_2000n) })

    t.match(fatal, { became: 'settled', stopped: [{ layer: 'host-kernel', because: /Fatal hardware error/ }] })
    const refusal = { by: 'host-kernel', code: 'kernel-panicked', detail: /Fatal hardware error/ }
    t.match(told, { became: 'refused', refused: [{ ...refusal, type: 'apei.notify' }] })
    t.match(polled, { became: 'refused', refused: [{ ...refusal, type: 'memory.changed' }] })
  })

  void t.test(`${where}: an access of a guest waits for its vCPU, ends, or ends with its VM`, async (t) => {
    const system = await systemOf(t)
    await system.createMachine(M)
    await system.tell(M, vmCreate, { vm: 'vm0', guest: { firmware: false } })
    await system.settle()
    const mappings = [{ guestVirtual: 0xffff_9000_0000n, guestPhysical: 0x4000_1000n, length: 0x1000n }]
    await system.ask(M, taskCreate, { ...TASK, comm: 'redis', mappings })

    const first = await system.tell(M, taskAccess, TOUCH)
    const second = await system.tell(M, taskAccess, TOUCH)
    const waiting = await system.became(M, taskAccess, second)
    await system.ask(M, fwCfgWrite, { vm: 'vm0' })
    await system.settle()
    const ended = [await system.became(M, taskAccess, first), await system.became(M, taskAccess, second)]

    t.match(waiting, { became: 'held', held: [{ layer: 'guest', why: 'the access has not ended' }] })
    for (const one of ended) {
      t.match(one, { became: 'settled', held: [] })
      t.match(one.outcome.at(-1), { type: 'guest.access', data: { outcome: 'completed' } })
    }
  })

  void t.test(`${where}: nobody knows of a message that there was not`, async (t) => {
    const system = await systemOf(t)
    await system.createMachine(M)

    await t.rejects(system.became(M, errorInject, 'never-sent'), /never-sent/)
  })
}

/** A port on which nobody listens. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

const json = (data: object) => ({ body: data })
const poison = { ...POISON, hostPhysical: '0x7bf15000' }

void t.test('?wait=settled: the answer is what became of it, or the problem of the layer that refused', async (t) => {
  const { urls, system } = await services(t)
  await system.createMachine(M)
  const records = `${urls.firmware}/v1/machines/m0/error-records`

  const planted = await request(`${urls.hardware}/v1/machines/m0/errors?wait=settled`, json(poison))
  const event = await request(`${urls.hardware}/v1/events?wait=settled`, {
    headers: { 'content-type': 'application/cloudevents+json' },
    body: JSON.stringify({
      specversion: '1.0',
      id: 'mine',
      source: '/me',
      type: 'error.inject',
      subject: M,
      data: { ...poison, hostPhysical: '0x7bf16000' }
    })
  })
  const fatal = await request(`${records}?source=3&wait=settled`, { body: record(0x4800_0000n, 'fatal') })
  const dead = await request(`${records}?source=3&wait=settled`, { body: record(0x4800_1000n) })
  const asBefore = await request(`${records}?source=3`, { body: record(0x4800_1000n) })

  t.match([planted.status, planted.json], [200, { became: 'settled', outcome: [{ type: 'error.planted' }] }])
  t.match([event.status, event.json], [200, { id: 'mine', became: 'settled' }])
  t.match([fatal.status, fatal.json], [200, { became: 'settled', stopped: [{ layer: 'host-kernel' }] }])
  t.match(
    [dead.status, dead.json],
    [409, { code: 'kernel-panicked', detail: /was accepted, but host-kernel refused apei.notify: Kernel panic/ }]
  )
  t.match([asBefore.status, asBefore.json], [202, { id: /./ }])
})

void t.test('a refusal by the layer that is asked is the same with and without waiting', async (t) => {
  const { urls, system } = await services(t)
  await system.createMachine(M)
  const outside = json({ ...poison, hostPhysical: '0x0' })

  const plain = await request(`${urls.hardware}/v1/machines/m0/errors`, outside)
  const waited = await request(`${urls.hardware}/v1/machines/m0/errors?wait=settled`, outside)
  const bad = await request(`${urls.hardware}/v1/machines/m0/errors?wait=forever`, json(poison))

  t.match(plain, { status: 422, json: { code: 'address-outside-memory', field: '/hostPhysical' } })
  t.match(waited, { status: 422, json: { code: 'address-outside-memory', field: '/hostPhysical' } })
  t.match(bad, { status: 422, json: { code: 'field-invalid', field: '/wait' } })
})

void t.test('whatever may be the id of a message, it can be asked for by it', async (t) => {
  const { urls } = await services(t, { machines: [M] })
  for (const id of ['x'.repeat(ID_MAX_LENGTH), '/'.repeat(ID_MAX_LENGTH), '%2f?#;']) {
    const sent = await request(`${urls.hardware}/v1/machines/m0/errors`, {
      headers: { 'idempotency-key': id },
      body: { ...POISON, hostPhysical: '0x48001000' }
    })
    const { status, json } = await request(`${urls.hardware}/v1/machines/m0/messages/${encodeURIComponent(id)}`)

    t.equal(sent.status, 202)
    t.match({ status, json }, { status: 200, json: { id, became: 'settled' } }, id.slice(0, 10))
  }
})

void t.test('a neighbour that is absent is named when the time is over, and nothing is lost', async (t) => {
  const { urls } = await services(t, {
    replaced: { 'host-kernel': `http://127.0.0.1:${await closedPort()}` },
    machines: []
  })
  await request(`${urls.firmware}/v1/machines/m0`, { method: 'PUT' })
  const records = `${urls.firmware}/v1/machines/m0/error-records?source=3`

  const late = await request(`${records}&wait=settled&within=20`, {
    headers: { 'idempotency-key': 'mine' },
    body: record(0x4800_0000n)
  })
  const { json: now } = await request(`${urls.firmware}/v1/machines/m0/messages/mine`)

  t.match(late, { status: 504, json: { code: 'answer-late' } })
  t.match(late.json, {
    detail:
      /firmware for delivery of apei\.notify by host-kernel \(mine\.2, \d+\.\d s by now\); host-kernel does not answer/
  })
  t.match(now, { became: 'under-way', waits: [{ layer: 'firmware', for: 'delivery', to: 'host-kernel' }] })
  t.match(now, { silent: [{ layer: 'host-kernel', because: 'connection refused' }] })
})

void t.test('an injection that is answered at once can be waited for as well', async (t) => {
  const { urls } = await services(t)
  const ask = (param1: string, query = '') =>
    request(`${urls['host-kernel']}/v1/machines/${M}/einj${query}`, {
      body: { type: 16, flags: 2, param1, param2: '0xfffffffffffff000' }
    })

  t.match(await ask('0x48001000'), { status: 200, json: { errno: 0 } })
  t.match(await ask('0x48002000', '?wait=settled'), {
    status: 200,
    json: { outcome: [{ layer: 'hardware', type: 'error.planted' }] }
  })
})
