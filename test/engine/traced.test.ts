import t from 'tap'
import { sqliteStore } from '../../shared/engine/store-sqlite.ts'
import { spanOf } from '../../shared/contracts/trace-context.ts'
import { ask, journalOf, until } from '../service/http.ts'
import { guestService, listening, policyService, transportOf, vmmService } from '../service/ping-service.ts'

const M = '/v1/machines/m0'
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const HEADERS = { traceparent: `00-${TRACE}-00f067aa0ba902b7-01`, tracestate: 'a=1' }

for (const over of ['links', 'posts'] as const) {
  void t.test(`over ${over}, all that follows from a message is in its trace, in every journal`, async (t) => {
    const policy = policyService()
    const guest = guestService()
    const urls = { policy: await listening(policy), guest: await listening(guest) }
    const vmm = vmmService({ transport: transportOf('vmm', urls, over === 'links' ? 'link' : 'POST') })
    t.teardown(() => Promise.all([vmm.close(), policy.close(), guest.close()]))

    await ask(vmm, 'POST', `${M}/sums/a`, { value: '0x3' }, { ...HEADERS, 'idempotency-key': 'add' })
    await ask(vmm, 'POST', `${M}/doubles`, { value: '0x15' }, { ...HEADERS, 'idempotency-key': 'double' })
    const seen = await until(urls.guest, ({ type }) => type === 'guest.seen')

    for (const app of [vmm, policy]) {
      const entries = (await journalOf(app)).filter(({ id }) => /^(add|double)/.test(id))
      t.ok(entries.length > 0)
      for (const { id, trace } of entries) t.equal(trace, TRACE, id)
    }
    t.equal(seen.at(-1)?.trace, TRACE)
  })
}

void t.test('what comes without a trace begins one, which a repeat and a restart do not change', async (t) => {
  const directory = t.testdir()
  const guest = guestService()
  const urls = { guest: await listening(guest) }
  t.teardown(() => guest.close())
  const start = () => vmmService({ store: sqliteStore(directory, 'vmm'), transport: transportOf('vmm', urls) })
  const first = start()
  await ask(first, 'POST', `${M}/sums/a`, { value: '0x3' }, { 'idempotency-key': 'mine' })
  await ask(first, 'POST', `${M}/sums/b`, { value: '0x3' }, { ...HEADERS, 'ce-causationid': 'x  y', 'ce-id': 'given' })
  const before = await journalOf(first)
  await first.close()

  const second = start()
  t.teardown(() => second.close())
  t.strictSame(await journalOf(second), before)
  const traces = (id: string) => new Set(before.filter((entry) => entry.id.startsWith(id)).map(({ trace }) => trace))
  t.strictSame([...traces('given')], [TRACE])
  t.equal(traces('mine').size, 1)
  t.notOk(traces('mine').has(TRACE))
})

void t.test('what had not arrived when its service ended leaves in the trace of what it follows from', async (t) => {
  const directory = t.testdir()
  const nowhere = { guest: 'http://127.0.0.1:1' }
  const start = (urls: { readonly guest: string }) =>
    vmmService({ store: sqliteStore(directory, 'vmm'), transport: transportOf('vmm', urls) })
  const first = start(nowhere)
  await ask(first, 'POST', `${M}/sums/a`, { value: '0x3' }, { ...HEADERS, 'idempotency-key': 'mine' })
  await first.close()

  const guest = guestService()
  const second = start({ guest: await listening(guest) })
  await second.ready()
  t.teardown(() => Promise.all([second.close(), guest.close()]))
  const address = guest.server.address()
  const url = typeof address === 'object' ? `http://127.0.0.1:${address?.port}` : ''
  const seen = (await until(url, ({ type }) => type === 'guest.seen')).at(-1)
  t.match(seen, { id: 'mine.2', trace: TRACE })
  t.match(spanOf('m0', 'mine.2'), /^[\da-f]{16}$/)
})
