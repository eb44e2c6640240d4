import t from 'tap'
import { virtualClock } from '../../shared/engine/clock.ts'
import { sqliteStore } from '../../shared/engine/store-sqlite.ts'
import type { Outgoing, Reply, Transport } from '../../shared/transport/transport.ts'
import { ask, journalOf } from '../service/http.ts'
import { fillingStore } from './filling-store.ts'
import { listening, policyService, transportOf, vmmService } from '../service/ping-service.ts'

const M = '/v1/machines/m0'
const turn = () => new Promise((resolve) => setImmediate(resolve))

/** Neighbours that take everything and say nothing, until they are told to. */
class Silent implements Transport {
  readonly sent: { readonly message: Outgoing; readonly done: (reply: Reply) => void }[] = []
  readonly forgotten: string[] = []

  deliver(message: Outgoing, done: (reply: Reply) => void): () => void {
    this.sent.push({ message, done })
    return () => undefined
  }

  forget(machine: string): void {
    this.forgotten.push(machine)
  }

  urlOf(): undefined {
    return undefined
  }

  close(): Promise<void> {
    return Promise.resolve()
  }
}

void t.test('a machine that is deleted is gone, in memory and on disk, and its name is free', async (t) => {
  const data = t.testdir()
  const start = () => vmmService({ clock: virtualClock(), store: sqliteStore(data, 'vmm', 0), machines: ['m1'] })
  const first = start()
  await ask(first, 'PUT', M)
  await ask(first, 'POST', `${M}/sums/a`, { value: '0x3' }, { 'idempotency-key': 'mine' })
  await ask(first, 'POST', `${M}/timers`, { afterNs: 5000 })

  t.match(await ask(first, 'DELETE', M), { status: 200, json: { machine: 'm0', existed: true } })
  t.match(await ask(first, 'DELETE', M), { status: 200, json: { machine: 'm0', existed: false } }, 'a repeat')
  t.match(await ask(first, 'GET', `${M}/sums`), { status: 404, json: { code: 'machine-unknown' } })
  t.match(await ask(first, 'POST', `${M}/sums/a`, { value: '0x3' }), { status: 404, json: { code: 'machine-unknown' } })
  t.strictSame((await ask(first, 'GET', '/v1/machines')).json, { machines: ['m1'] })
  t.match((await ask(first, 'GET', '/v1/quiescence')).json, { timers: [] })
  await ask(first, 'PUT', M)
  await ask(first, 'POST', `${M}/sums/a`, { value: '0x4' }, { 'idempotency-key': 'mine' })
  t.match((await ask(first, 'GET', `${M}/sums`)).json, { total: '0x4', count: 1 }, 'it begins anew, ids and all')
  t.strictSame(
    (await journalOf(first, '?machine=m0')).map(({ id }) => id),
    ['m0.vmm.start', 'mine', 'mine.1'],
    'nothing of the one before is taken for its own'
  )
  const before = await journalOf(first, '?machine=m0')
  await first.close()

  const second = start()
  t.teardown(() => second.close())
  t.match((await ask(second, 'GET', `${M}/sums`)).json, { total: '0x4', count: 1 })
  t.strictSame(await journalOf(second, '?machine=m0'), before, 'places stay what they were')
  t.match((await journalOf(second))[0], { kind: 'gap' }, 'whoever reads all is told that there was more')
  await ask(second, 'DELETE', M)
  t.strictSame((await ask(second, 'GET', '/v1/machines')).json, { machines: ['m1'] })
})

void t.test('whoever waits for an answer of it is told, and nothing is sent or comes back any more', async (t) => {
  const data = t.testdir()
  const transport = new Silent()
  const clock = virtualClock()
  const store = sqliteStore(data, 'vmm', 0)
  const app = vmmService({ clock, store, transport, limit: { deadlineMs: 50, fallback: { value: 0n } } })
  const waiting = ask(app, 'POST', `${M}/doubles`, { value: '0x2' })
  while (transport.sent.length === 0) await turn()
  await ask(app, 'POST', `${M}/sums/a`, { value: '0x3' })

  const deleted = ask(app, 'DELETE', M)

  t.match(await waiting, { status: 410, json: { code: 'machine-deleted', detail: 'machine m0 was deleted' } })
  t.match(await deleted, { status: 200 })
  t.strictSame(transport.forgotten, ['m0'])
  const rows = store.size?.().rows
  for (const { message, done } of transport.sent) {
    if (message.message.reply === undefined) done({ kind: 'accepted', journalled: true, id: message.id, seq: 0 })
    else done({ kind: 'answered', journalled: false, answer: { value: '0x4' } })
  }
  clock.advance(1e9)
  await turn()
  store.flush()
  t.equal(store.size?.().rows, rows, 'an answer that comes late leaves nothing')
  await app.close()

  const again = sqliteStore(data, 'vmm', 0)
  t.teardown(() => again.close())
  t.strictSame([...again.inputs()], [])
  t.strictSame([...again.delivered()], [])
})

void t.test('a machine whose end cannot be kept is still there, with all that came meanwhile', async (t) => {
  t.capture(console, 'error')
  const clock = virtualClock()
  const transport = new Silent()
  const disk = fillingStore(sqliteStore(t.testdir(), 'vmm', 0))
  const forget = (machine: string, last: number) => {
    disk.forget(machine, last)
    // Between the deletion and the write that fails.
    clock.advance(5000)
    for (const { done } of transport.sent) done({ kind: 'answered', journalled: false, answer: { value: '0x4' } })
  }
  const app = vmmService({ clock, store: { ...disk, forget }, transport })
  t.teardown(() => app.close())
  await ask(app, 'POST', `${M}/timers`, { afterNs: 5000 })
  const waiting = ask(app, 'POST', `${M}/doubles`, { value: '0x2' })
  while (transport.sent.length === 0) await turn()

  disk.fill()
  t.match(await ask(app, 'DELETE', M), { status: 507, json: { code: 'storage-full' } })
  t.strictSame(transport.forgotten, [])
  t.match(await ask(app, 'GET', '/v1/machines'), { json: { machines: ['m0'] } })

  disk.empty()
  clock.advance(60e9)
  t.match(await waiting, { status: 200, json: { value: '0x4' } }, 'the answer that came meanwhile was not lost')
  await turn()
  t.match((await ask(app, 'GET', `${M}/sums`)).json, { total: '0x5', doubled: ['0x4'] }, 'nor was the timer')
  transport.sent.length = 0
  t.match(await ask(app, 'DELETE', M), { status: 200, json: { existed: true } })
})

void t.test('what was sent to a machine that is not there yet is given up when it is deleted here', async (t) => {
  const policy = policyService({ machines: [] })
  const url = await listening(policy)
  const app = vmmService({ transport: transportOf('vmm', { policy: url }) })
  t.teardown(() => Promise.all([app.close(), policy.close()]))
  const waiting = ask(app, 'POST', `${M}/doubles`, { value: '0x2' })
  while ((await journalOf(app)).length < 2) await turn()

  await ask(app, 'DELETE', M)
  t.match(await waiting, { json: { code: 'machine-deleted' } })
  await ask(policy, 'PUT', M)
  await ask(app, 'PUT', M)

  t.match(await ask(app, 'POST', `${M}/doubles`, { value: '0x4' }), { json: { value: '0x8' } })
  t.strictSame(
    (await journalOf(policy, '?machine=m0')).flatMap(({ type, data: said }) => (type === 'policy.twice' ? [said] : [])),
    [{ value: '0x4' }],
    'the question of the machine before was not asked'
  )
})
