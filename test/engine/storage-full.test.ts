import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { virtualClock } from '../../shared/engine/clock.ts'
import { DEFAULT_RETENTION } from '../../shared/engine/retention.ts'
import { sqliteStore } from '../../shared/engine/store-sqlite.ts'
import type { ServicePorts } from '../../shared/service/service.ts'
import type { Outgoing, Reply, Transport } from '../../shared/transport/transport.ts'
import { ask, journalOf } from '../service/http.ts'
import { vmmService } from '../service/ping-service.ts'
import { fillingStore } from './filling-store.ts'

const M = '/v1/machines/m0'
const FULL = { status: 507, json: { code: 'storage-full' } }
const ADD = [`${M}/sums/a`, { value: '0x1' }] as const
/** Longer than until the next attempt. */
const WHILE_NS = 2e9

/** A service on a disk that can be filled; `again` is the one that comes after a crash. */
function onDisk(t: Pick<Test, 'testdir' | 'teardown' | 'capture'>, ports: ServicePorts = {}) {
  const directory = t.testdir()
  const told = t.capture(console, 'error')
  const clock = virtualClock()
  const disk = fillingStore(sqliteStore(directory, 'vmm', 0))
  const app = vmmService({ clock, store: disk, ...ports })
  const again = async (more: ServicePorts = ports) => {
    await app.close()
    return vmmService({ clock: virtualClock(), ...more, store: sqliteStore(directory, 'vmm', 0) })
  }
  return { app, disk, clock, again, told }
}

const sumsOf = async (app: FastifyInstance) => (await ask(app, 'GET', `${M}/sums`)).json
const turn = () => new Promise((resolve) => setImmediate(resolve))

void t.test('on a full disk a message is refused at once, and reads show what was kept', async (t) => {
  const { app, disk, again, told } = onDisk(t)
  const key = { 'idempotency-key': 'mine' }
  await ask(app, 'POST', ...ADD)
  const before = { sums: await sumsOf(app), journal: await journalOf(app) }

  disk.fill()
  t.match(await ask(app, 'POST', ...ADD, key), FULL)
  t.match(await ask(app, 'POST', ...ADD, key), FULL, 'a repeat is no repeat of something that was taken')
  t.match(await ask(app, 'POST', `${M}/sums/a`, { value: '0x0' }), FULL, 'nor can a refusal be remembered')
  t.match(await ask(app, 'PUT', '/v1/machines/m1'), FULL)
  t.match(await ask(app, 'PUT', '/v1/machines/m0'), { status: 200 }, 'what is there needs no room')
  t.strictSame({ sums: await sumsOf(app), journal: await journalOf(app) }, before)
  t.match((await ask(app, 'GET', '/v1/machines')).json, { machines: ['m0'] })
  t.match(await ask(app, 'GET', '/health'), { status: 503, json: { status: 'storage-full' } })
  t.equal(told().length, 1, 'it is told once')

  disk.empty()
  t.match(await ask(app, 'POST', ...ADD, key), { status: 202 })
  t.match(await ask(app, 'PUT', '/v1/machines/m1'), { status: 201 })
  t.match(await ask(app, 'GET', '/health'), { status: 200 })
  const after = { sums: await sumsOf(app), journal: await journalOf(app) }
  t.match(after.sums, { total: '0x2', count: 2 })

  const second = await again()
  t.teardown(() => second.close())
  t.strictSame({ sums: await sumsOf(second), journal: await journalOf(second) }, after)
})

void t.test('all that came in one turn with what did not fit is refused, and no more than that', async (t) => {
  const { app, disk } = onDisk(t)
  t.teardown(() => app.close())
  await ask(app, 'POST', ...ADD)

  disk.fill()
  const answers = await Promise.all([1, 2, 3].map(() => ask(app, 'POST', ...ADD)))
  disk.empty()
  const later = await Promise.all([1, 2, 3].map(() => ask(app, 'POST', ...ADD)))

  t.strictSame(
    answers.map(({ status }) => status),
    [507, 507, 507]
  )
  t.strictSame(
    later.map(({ status }) => status),
    [202, 202, 202]
  )
  t.match(await sumsOf(app), { total: '0x4', count: 4 })
})

void t.test('a timer that falls due on a full disk waits, and fires once when there is room', async (t) => {
  const { app, disk, clock, again } = onDisk(t)
  await ask(app, 'POST', `${M}/timers`, { afterNs: 1000 })
  disk.fill()
  for (let i = 0; i < 4; i++) {
    clock.advance(WHILE_NS)
    await turn()
  }
  t.match(await sumsOf(app), { total: '0x0' })
  t.match((await ask(app, 'GET', '/v1/quiescence')).json, { timers: [{ type: 'timer.fired', dueInNs: 0 }] })

  disk.empty()
  clock.advance(WHILE_NS)
  await turn()
  t.match(await sumsOf(app), { total: '0x5' })
  t.match((await ask(app, 'GET', '/v1/quiescence')).json, { timers: [] })
  clock.advance(WHILE_NS)
  await turn()
  t.match(await ask(app, 'GET', '/health'), { status: 200 })

  const second = await again()
  t.teardown(() => second.close())
  t.match(await sumsOf(second), { total: '0x5' })
})

/** A neighbour that answers when it is told to. */
class Neighbour implements Transport {
  readonly waiting: { readonly message: Outgoing; readonly done: (reply: Reply) => void }[] = []

  deliver(message: Outgoing, done: (reply: Reply) => void): () => void {
    this.waiting.push({ message, done })
    return () => undefined
  }

  reply(reply: Reply): void {
    this.waiting.shift()?.done(reply)
  }

  urlOf(): undefined {
    return undefined
  }

  async close(): Promise<void> {
    // Nothing is open.
  }
}

void t.test('an answer that comes on a full disk waits, and is handled once when there is room', async (t) => {
  const neighbour = new Neighbour()
  const { app, disk, clock, again } = onDisk(t, { transport: neighbour })
  const asked = ask(app, 'POST', `${M}/doubles`, { value: '0x4' })
  while (neighbour.waiting.length === 0) await turn()

  disk.fill()
  neighbour.reply({ kind: 'answered', journalled: true, answer: { value: '0x8' } })
  await turn()
  t.match(await sumsOf(app), { doubled: [] })
  t.match((await ask(app, 'GET', '/v1/quiescence')).json, { waitingAsks: 1 })
  clock.advance(WHILE_NS)
  await turn()

  disk.empty()
  clock.advance(WHILE_NS)
  t.match(await asked, { status: 200, json: { value: '0x8' } })
  t.match(await sumsOf(app), { doubled: ['0x8'] })
  t.match((await ask(app, 'GET', '/v1/quiescence')).json, { waitingAsks: 0 })

  const second = await again({ transport: new Neighbour() })
  t.teardown(() => second.close())
  t.match(await sumsOf(second), { doubled: ['0x8'] })
})

void t.test('what a neighbour without a journal was told is written down when there is room', async (t) => {
  const neighbour = new Neighbour()
  const { app, disk, clock, again } = onDisk(t, { transport: neighbour })
  await ask(app, 'POST', ...ADD)
  const { message } = neighbour.waiting[0] ?? {}

  disk.fill()
  neighbour.reply({ kind: 'accepted', journalled: false, id: message?.id ?? '', seq: 0 })
  await turn()
  const isTold = async (of: FastifyInstance) => (await journalOf(of)).some(({ id }) => id === message?.id)
  t.notOk(await isTold(app))
  disk.empty()
  clock.advance(WHILE_NS)
  await turn()
  t.ok(await isTold(app))

  const second = await again({ transport: new Neighbour() })
  t.teardown(() => second.close())
  t.ok(await isTold(second))
})

void t.test('a service whose disk is full when it starts makes its machines when there is room', async (t) => {
  const { app, disk, clock } = onDisk(t)
  t.teardown(() => app.close())
  disk.fill()
  await app.ready()
  await turn()
  t.match(await ask(app, 'POST', ...ADD), { status: 404, json: { code: 'machine-unknown' } })
  t.match(await ask(app, 'GET', '/health'), { status: 503 })

  disk.empty()
  clock.advance(WHILE_NS)
  await turn()
  t.match(await ask(app, 'POST', ...ADD), { status: 202 })
})

void t.test(
  'a machine whose deletion there is no room for is still there, and whoever deletes it is told',
  async (t) => {
    const { app, disk } = onDisk(t)
    t.teardown(() => app.close())
    await ask(app, 'POST', ...ADD)
    disk.fill()
    t.match(await ask(app, 'DELETE', M), FULL)
    disk.empty()
    t.match(await sumsOf(app), { count: 1 })
    t.match(await ask(app, 'POST', ...ADD), { status: 202 })
    t.match(await ask(app, 'DELETE', M), { status: 200, json: { existed: true } })
    t.match(await ask(app, 'DELETE', M), { status: 200, json: { existed: false } })
  }
)

void t.test('a machine that there was no room for is in no snapshot, once it has been made', async (t) => {
  // The oldest of two machines has a snapshot taken.
  const retention = { ...DEFAULT_RETENTION, entries: 1 }
  const { app, disk, again } = onDisk(t, { machines: [], retention })
  await app.ready()
  disk.fill()
  t.match(await ask(app, 'PUT', M), FULL)
  disk.empty()
  t.match(await ask(app, 'PUT', M), { status: 201 })
  await turn()

  const second = await again()
  t.teardown(() => second.close())
  t.match(await sumsOf(second), { total: '0x0' })
  t.match(await ask(second, 'POST', ...ADD), { status: 202 })
})

void t.test('a disk that is broken in another way is told as that', async (t) => {
  const { app, disk } = onDisk(t)
  t.teardown(() => app.close())
  await app.ready()
  disk.fill(Object.assign(new Error('attempt to write a readonly database'), { errcode: 8 }))

  t.match(await ask(app, 'POST', ...ADD), {
    status: 507,
    json: { code: 'storage-failed', detail: 'it cannot be kept: attempt to write a readonly database' }
  })
  t.match(await ask(app, 'GET', '/health'), { status: 503, json: { status: 'storage-failed' } })
})

void t.test('nobody needs to send anything for the service to notice that there is room', async (t) => {
  const { app, disk, clock } = onDisk(t)
  t.teardown(() => app.close())
  await app.ready()
  disk.fill()
  t.match(await ask(app, 'POST', ...ADD), FULL)
  clock.advance(WHILE_NS)
  t.match(await ask(app, 'GET', '/health'), { status: 503 })
  disk.empty()
  clock.advance(WHILE_NS)
  t.match(await ask(app, 'GET', '/health'), { status: 200 })
})

void t.test(
  'SQLite itself says that its file may not grow any more, and what was accepted is there again',
  async (t) => {
    const directory = t.testdir()
    const told = t.capture(console, 'error')
    const app = vmmService({
      clock: virtualClock(),
      store: sqliteStore(directory, 'vmm', 0, { maxBytes: 120_000 })
    })
    const raw = Buffer.alloc(3000, 7).toString('base64')
    let accepted = 0
    for (;;) {
      const { status, json } = await ask(app, 'POST', `${M}/sums/a`, { value: '0x1', raw })
      if (status !== 202) {
        t.match({ status, json }, FULL)
        break
      }
      accepted++
    }
    t.ok(accepted > 3)
    t.match(await ask(app, 'POST', `${M}/sums/a`, { value: '0x1', raw }), FULL)
    t.match(await sumsOf(app), { count: accepted })
    t.match(told()[0]?.args.map(String).join(' '), /database or disk is full/)
    await app.close()

    const second = vmmService({ clock: virtualClock(), store: sqliteStore(directory, 'vmm', 0) })
    t.teardown(() => second.close())
    t.match(await sumsOf(second), { count: accepted })
    t.match(await ask(second, 'POST', `${M}/sums/a`, { value: '0x1', raw }), { status: 202 })
  }
)
