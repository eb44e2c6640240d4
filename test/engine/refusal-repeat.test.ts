import { once } from 'node:events'
import t from 'tap'
import { sqliteStore } from '../../shared/engine/store-sqlite.ts'
import { WebSocket } from 'ws'
import { contractOf } from '../../shared/transport/link-contract.ts'
import { helloHeaders } from '../../shared/transport/link-handshake.ts'
import { ask, journalOf } from '../service/http.ts'
import { listening, vmmService } from '../service/ping-service.ts'
import { PING_ACCEPTS } from '../support/ping.ts'

const M = '/v1/machines/m0'
const NOTHING = { value: '0x0' }

void t.test('a repeat of what was refused gets the same refusal, which is in the journal once', async (t) => {
  const directory = t.testdir()
  const start = () => vmmService({ store: sqliteStore(directory, 'vmm') })
  const key = { 'idempotency-key': 'refused' }
  const refusals = async (app: ReturnType<typeof start>) =>
    (await journalOf(app)).filter(({ kind, id }) => kind === 'refusal' && id === 'refused')
  const wanted = { status: 422, json: { code: 'field-invalid', field: '/value' } }

  const first = start()
  t.match(await ask(first, 'POST', `${M}/sums/a`, NOTHING, key), wanted)
  t.match(await ask(first, 'POST', `${M}/sums/a`, NOTHING, key), wanted)
  t.match(
    await Promise.all([1, 2].map(() => ask(first, 'POST', `${M}/sums/a`, NOTHING, { 'idempotency-key': 'both' }))),
    [{ status: 422 }, { status: 422 }]
  )
  t.equal((await refusals(first)).length, 1)
  const before = await journalOf(first)
  await first.close()

  const second = start()
  t.teardown(() => second.close())
  t.match(await ask(second, 'POST', `${M}/sums/a`, NOTHING, key), wanted, 'even if it could be taken by now')
  t.strictSame(await journalOf(second), before)
  t.match(await ask(second, 'POST', `${M}/sums/a`, NOTHING), { status: 422 }, 'without an id it is another one')
})

void t.test('an id that belongs to another message is refused, and no journal is said to have that', async (t) => {
  const vmm = vmmService()
  t.teardown(() => vmm.close())
  const key = { 'idempotency-key': 'one' }
  await ask(vmm, 'POST', `${M}/sums/a`, { value: '0x1' }, key)
  const before = await journalOf(vmm)

  const response = await vmm.inject({
    method: 'PUT',
    url: `${M}/slots/1`,
    headers: { 'content-type': 'application/json', ...key },
    payload: { value: '0x1' }
  })

  t.match(response.json(), { code: 'idempotency-key-reused', status: 422 })
  t.equal(response.headers['seabus-journal'], undefined)
  t.strictSame(await journalOf(vmm), before)
})

void t.test('an id under which something else was said is refused, also after a restart', async (t) => {
  const directory = t.testdir()
  const start = () => vmmService({ store: sqliteStore(directory, 'vmm') })
  const key = (id: string) => ({ 'idempotency-key': id })
  const other = { status: 422, json: { code: 'idempotency-key-reused' } }

  const first = start()
  await ask(first, 'POST', `${M}/sums/a`, { value: '0x1', raw: 'AAE=' }, key('taken'))
  await ask(first, 'POST', `${M}/sums/a`, NOTHING, key('refused'))
  t.match(await ask(first, 'POST', `${M}/sums/a`, { value: '0x2', raw: 'AAE=' }, key('taken')), {
    ...other,
    json: { detail: 'taken is the id of another sum.add' }
  })
  t.match(await ask(first, 'POST', `${M}/sums/b`, { value: '0x1', raw: 'AAE=' }, key('taken')), other, 'of the path')
  t.match(await ask(first, 'POST', `${M}/sums/a`, { value: '0x1' }, key('refused')), other, 'of a refused one')
  await first.close()

  const second = start()
  t.teardown(() => second.close())
  t.match(await ask(second, 'POST', `${M}/sums/a`, { value: '0x2', raw: 'AAE=' }, key('taken')), other)
  t.match(await ask(second, 'POST', `${M}/sums/a`, { value: '0x1' }, key('refused')), other)
  const repeat = await ask(second, 'POST', `${M}/sums/a`, { raw: 'AAE=', value: '0x1' }, key('taken'))
  t.match(repeat, { status: 202 }, 'the order of fields says nothing')
  t.match((await ask(second, 'GET', `${M}/sums`)).json, { total: '0x1', count: 1 })
})

void t.test('an id under which something else was said is refused over a link as well', async (t) => {
  const vmm = vmmService()
  t.teardown(() => vmm.close())
  const headers = helloHeaders({ from: 'guest', to: 'vmm', contract: contractOf(PING_ACCEPTS.vmm ?? []) })
  const socket = new WebSocket(`${(await listening(vmm)).replace('http', 'ws')}/v1/link`, { headers })
  const replies: unknown[] = []
  await once(socket, 'open')
  const told = new Promise<void>((resolve) =>
    socket.on('message', (data: Buffer) => {
      replies.push(
        ...data
          .toString()
          .split('\n')
          .filter(Boolean)
          .map((line) => JSON.parse(line) as unknown)
      )
      if (replies.length === 3) resolve()
    })
  )
  for (const [i, value] of ['0x1', '0x2', '0x1'].entries()) {
    const event = { id: 'same', source: '/guest', type: 'sum.add', subject: 'm0', data: { name: 'a', value } }
    socket.send(JSON.stringify({ seq: i + 1, event }))
  }
  await told
  socket.close()

  t.match(
    replies.toSorted((a, b) => seqOf(a) - seqOf(b)),
    [{ ack: 1 }, { seq: 2, problem: { code: 'idempotency-key-reused', status: 422 } }, { ack: 3 }]
  )
  t.match((await ask(vmm, 'GET', `${M}/sums`)).json, { total: '0x1', count: 1 })
})

const seqOf = (reply: unknown) => {
  const { ack, seq } = reply as { ack?: number; seq?: number }
  return ack ?? seq ?? 0
}
