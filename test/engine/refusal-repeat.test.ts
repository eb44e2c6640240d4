import t from 'tap'
import { sqliteStore } from '../../shared/engine/store-sqlite.ts'
import { ask, journalOf } from '../service/http.ts'
import { vmmService } from '../service/ping-service.ts'

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
  t.match(await ask(second, 'POST', `${M}/sums/a`, { value: '0x1' }, key), wanted, 'even if it could be taken by now')
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

  t.match(response.json(), { code: 'idempotency-key-invalid' })
  t.equal(response.headers['seabus-journal'], undefined)
  t.strictSame(await journalOf(vmm), before)
})
