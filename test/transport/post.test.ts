import t from 'tap'
import { spanOf } from '../../shared/contracts/trace-context.ts'
import { virtualClock } from '../../shared/engine/clock.ts'
import { foreign, get, journalOf, post, put, until } from '../service/http.ts'
import { guestService, listening, transportOf, policyService, vmmService } from '../service/ping-service.ts'

const M = '/v1/machines/m0'
const FALLBACK = { deadlineMs: 50, fallback: { value: 99n } }
/** Nobody listens on the discard port. */
const NOWHERE = 'http://127.0.0.1:9'

for (const transport of ['POST', 'link'] as const) {
  void t.test(`by ${transport}, what a layer sends arrives at its neighbour with id, cause and source`, async (t) => {
    const guest = guestService()
    const urls = { guest: await listening(guest) }
    const vmm = vmmService({ transport: transportOf('vmm', urls, transport) })
    const url = await listening(vmm)
    t.teardown(() => Promise.all([vmm.close(), guest.close()]))

    await post(`${url}${M}/sums/a`, { value: '0x3' }, { 'idempotency-key': 'first' })
    const entries = await until(urls.guest, ({ type }) => type === 'guest.seen')

    t.match(entries.at(-1), { id: 'first.2', cause: 'first', from: 'vmm', to: 'guest', data: { value: '0x3' } })
    t.strictSame(await get(`${urls.guest}${M}/seen`), { values: ['0x3'] })
  })

  void t.test(`by ${transport}, a question over HTTP is answered through the asker`, async (t) => {
    const policy = policyService()
    const vmm = vmmService({
      transport: transportOf('vmm', { policy: await listening(policy), guest: NOWHERE }, transport)
    })
    const url = await listening(vmm)
    t.teardown(() => Promise.all([vmm.close(), policy.close()]))

    const answer = await post(`${url}${M}/doubles`, { value: '0x15' })

    t.match(answer, { status: 200, json: { value: '0x2a' } })
    t.match((await journalOf(policy)).at(-1), { kind: 'message', id: 'm0-vmm-1.1', from: 'vmm' })
  })

  void t.test(
    "someone else's service gets plain data on the documented path, and we keep the journal for it",
    async (t) => {
      const got: object[] = []
      const trace = '4bf92f3577b34da6a3ce929d0e0e4736'
      const guest = await foreign((request, response, body) => {
        const { method, url, headers } = request
        got.push({
          method,
          url,
          body: JSON.parse(body) as unknown,
          type: headers['ce-type'],
          trace: headers['traceparent'],
          state: headers['tracestate']
        })
        response.writeHead(204).end()
      })
      const policy = await foreign((_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json' }).end('{"value":"0x7"}')
      })
      const vmm = vmmService({ transport: transportOf('vmm', { guest: guest.url, policy: policy.url }, transport) })
      const url = await listening(vmm)
      t.teardown(async () => {
        await vmm.close()
        guest.close()
        policy.close()
      })

      await post(
        `${url}${M}/sums/a`,
        { value: '0x3' },
        { traceparent: `00-${trace}-00f067aa0ba902b7-01`, tracestate: 'a=1, b=2' }
      )
      const answer = await post(`${url}${M}/doubles`, { value: '0x15' })
      const entries = await until(url, ({ kind, to }) => kind === 'answer' && to === 'outside')

      t.strictSame(got, [
        {
          method: 'POST',
          url: `${M}/seen`,
          body: { value: '0x3' },
          type: 'guest.seen',
          trace: `00-${trace}-${spanOf('m0', 'm0-vmm-1.2')}-01`,
          state: 'a=1,b=2'
        }
      ])
      t.strictSame(answer.json, { value: '0x7' })
      const told = entries
        .filter(({ from }) => from !== 'outside')
        .map(({ kind, layer, type, from, to }) => [kind, layer, type, from, to])
      t.strictSame(
        told.toSorted((a, b) => String(a).localeCompare(String(b))),
        [
          ['answer', 'vmm', 'number.double', 'vmm', 'outside'],
          ['answer', 'vmm', 'policy.twice', 'policy', 'vmm'],
          ['message', 'vmm', 'guest.seen', 'vmm', 'guest'],
          ['message', 'vmm', 'policy.twice', 'vmm', 'policy'],
          ['note', 'vmm', 'sum.added', 'vmm', 'vmm']
        ]
      )
    }
  )

  void t.test(
    `by ${transport}, a neighbour that fails is asked again under the same id, in order, until it takes it`,
    async (t) => {
      const ids: unknown[] = []
      const answers = [500, 503, 429, 202, 202]
      const guest = await foreign((request, response) => {
        ids.push(request.headers['ce-id'])
        response.writeHead(answers.shift() ?? 202).end()
      })
      const vmm = vmmService({ transport: transportOf('vmm', { guest: guest.url }, transport) })
      const url = await listening(vmm)
      t.teardown(async () => {
        await vmm.close()
        guest.close()
      })

      await post(`${url}${M}/sums/a`, { value: '0x1' }, { 'idempotency-key': 'a' })
      await post(`${url}${M}/sums/a`, { value: '0x2' }, { 'idempotency-key': 'b' })
      await until(url, ({ id }) => id === 'b.2')

      t.strictSame(ids, ['a.2', 'a.2', 'a.2', 'a.2', 'b.2'])
    }
  )

  void t.test(
    `by ${transport}, a message that a neighbour refuses is not sent again, and the journal says so`,
    async (t) => {
      let count = 0
      const guest = await foreign((_request, response) => {
        count++
        response.writeHead(422, { 'content-type': 'application/problem+json' })
        response.end('{"code":"field-invalid","detail":"I take no such value","field":"/value"}')
      })
      const vmm = vmmService({ transport: transportOf('vmm', { guest: guest.url }, transport) })
      const url = await listening(vmm)
      t.teardown(async () => {
        await vmm.close()
        guest.close()
      })

      await post(`${url}${M}/sums/a`, { value: '0x1' }, { 'idempotency-key': 'a' })
      const entries = await until(url, ({ kind }) => kind === 'refusal')

      t.match(entries.at(-1), {
        id: 'a.2',
        type: 'guest.seen',
        to: 'guest',
        data: { code: 'field-invalid', detail: 'I take no such value', field: '/value' }
      })
      t.equal(count, 1)
      t.match(await get(`${url}/v1/quiescence`), { sent: 1, delivered: 0, dead: 1 })
    }
  )

  void t.test(`by ${transport}, a machine that a neighbour does not have yet is waited for`, async (t) => {
    const guest = guestService()
    const urls = { guest: await listening(guest) }
    const vmm = vmmService({ transport: transportOf('vmm', urls, transport), machines: ['m0', 'm7'] })
    const url = await listening(vmm)
    t.teardown(() => Promise.all([vmm.close(), guest.close()]))

    await post(`${url}/v1/machines/m7/sums/a`, { value: '0x3' })
    await put(`${urls.guest}/v1/machines/m7`)
    const entries = await until(urls.guest, ({ type }) => type === 'guest.seen')

    t.match(entries.at(-1), { machine: 'm7', data: { value: '0x3' } })
  })

  void t.test(
    `by ${transport}, a question that is not answered in time gets its fallback, journalled as such`,
    async (t) => {
      const clock = virtualClock()
      const policy = await foreign(() => undefined)
      const vmm = vmmService({
        clock,
        limit: FALLBACK,
        transport: transportOf('vmm', { policy: policy.url }, transport)
      })
      const url = await listening(vmm)
      t.teardown(async () => {
        await vmm.close()
        policy.close()
      })

      const answer = post(`${url}${M}/doubles`, { value: '0x15' })
      await until(url, ({ type }) => type === 'number.double')
      t.match(await get(`${url}/v1/quiescence`), { waitingAsks: 1, sent: 1, delivered: 0 })
      clock.advance(50e6)

      t.match(await answer, { status: 200, json: { value: '0x63' } })
      const told = (await journalOf(vmm, '?after=2')).map(({ kind, id, from, fallback, time }) => [
        kind,
        id,
        from,
        fallback,
        time
      ])
      t.strictSame(told, [
        ['message', 'm0-vmm-1.1', 'vmm', undefined, 50e6],
        ['answer', 'm0-vmm-1.1.a', 'policy', true, 50e6],
        ['answer', 'm0-vmm-1.a', 'vmm', undefined, 50e6]
      ])
      t.match(await get(`${url}/v1/quiescence`), { waitingAsks: 0, delivered: 1 })
    }
  )

  void t.test(`by ${transport}, an answer that breaks its contract counts as a refusal`, async (t) => {
    const policy = await foreign((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"value":7}')
    })
    const vmm = vmmService({
      clock: virtualClock(),
      limit: FALLBACK,
      transport: transportOf('vmm', { policy: policy.url }, transport)
    })
    const url = await listening(vmm)
    t.teardown(async () => {
      await vmm.close()
      policy.close()
    })

    t.strictSame((await post(`${url}${M}/doubles`, { value: '0x1' })).json, { value: '0x63' })
    const refusal = (await journalOf(vmm)).find(({ kind }) => kind === 'refusal')
    t.match(refusal, { to: 'policy', data: { code: 'answer-invalid', detail: /\/value must be a 64-bit/ } })
  })

  void t.test(`by ${transport}, a timer fires when its time has come, and is told of before`, async (t) => {
    const clock = virtualClock()
    const vmm = vmmService({ clock })
    const url = await listening(vmm)
    t.teardown(() => vmm.close())

    await post(`${url}${M}/timers`, { afterNs: 3000 })
    t.match(await get(`${url}/v1/quiescence`), { timers: [{ machine: 'm0', type: 'timer.fired', dueInNs: 3000 }] })
    clock.advance(3000)

    t.match(await get(`${url}${M}/sums`), { total: '0x5' })
    t.match((await journalOf(vmm)).at(-1), { id: 'm0-vmm-1.1', from: 'timer', cause: 'm0-vmm-1', time: 3000 })
    t.match(await get(`${url}/v1/quiescence`), { timers: [] })
  })

  void t.test(`by ${transport}, closing does not wait for a neighbour that is down`, async (t) => {
    const vmm = vmmService({ transport: transportOf('vmm', { guest: NOWHERE, policy: NOWHERE }, transport) })
    const url = await listening(vmm)
    await post(`${url}${M}/sums/a`, { value: '0x3' })

    await vmm.close()

    t.pass('closed')
  })
}
