import t from 'tap'
import { ask, foreign, get, post, until } from './http.ts'
import { listening, transportOf, vmmService, type Transport } from './ping-service.ts'

const M = '/v1/machines/m0'
const LETTERS = '/v1/dead-letters'
const add = { value: '0x1' }

for (const transport of ['POST', 'link'] as readonly Transport[]) {
  void t.test(`by ${transport}, what a neighbour refuses can be read, sent again and dropped`, async (t) => {
    let status = 400
    const got: (string | undefined)[] = []
    const guest = await foreign((request, response) => {
      if (request.method !== 'POST') return void response.writeHead(404).end()
      got.push(String(request.headers['ce-id']))
      response.writeHead(status).end()
    })
    const vmm = vmmService({ transport: transportOf('vmm', { guest: guest.url }, transport), machines: ['m0', 'm1'] })
    const url = await listening(vmm)
    t.teardown(async () => {
      await vmm.close()
      guest.close()
    })

    await post(`${url}${M}/sums/a`, add, { 'idempotency-key': 'first' })
    await post(`${url}/v1/machines/m1/sums/a`, add, { 'idempotency-key': 'first' })
    await until(url, ({ kind, machine }) => kind === 'refusal' && machine === 'm0')
    await until(url, ({ kind, machine }) => kind === 'refusal' && machine === 'm1')

    t.match(await get(`${url}${LETTERS}`), { count: 2, letters: [{}, {}] })
    t.match(await get(`${url}${LETTERS}?machine=m1`), {
      count: 2,
      letters: [
        { machine: 'm1', id: 'first.2', type: 'guest.seen', to: 'guest', reason: { code: 'neighbour-refused' } }
      ]
    })
    t.match(await get(`${url}/health`), { status: 'ok', deadLetters: { count: 2, oldestForNs: Number } })
    t.match((await ask(vmm, 'GET', '/metrics')).text, /\nseabus_dead_letters 2\n/)
    // Health, metrics and quiescence tell one story: nothing of what was sent has arrived.
    t.match(await get(`${url}/v1/quiescence`), { sent: 2, delivered: 0, dead: 2 })
    t.match((await ask(vmm, 'GET', '/metrics')).text, /\nseabus_sent_total 2\n/)
    t.match((await ask(vmm, 'GET', '/metrics')).text, /\nseabus_delivered_total 0\n/)
    t.match((await ask(vmm, 'GET', '/metrics')).text, /\nseabus_dead 2\n/)
    t.match(await get(`${url}${M}/messages/first`), {
      became: 'dead-letter',
      waits: [{ layer: 'vmm', for: 'dead-letter', id: 'first.2', to: 'guest' }]
    })
    t.match(await ask(vmm, 'GET', `${M}/messages/first?wait=settled`), { json: { became: 'dead-letter' } })

    t.match(await ask(vmm, 'GET', `${LETTERS}/first.2`), {
      status: 422,
      json: { code: 'field-missing', field: '/machine' }
    })
    t.match(await ask(vmm, 'GET', `${LETTERS}/nothing`), { status: 404, json: { code: 'letter-unknown' } })
    t.match(await ask(vmm, 'GET', `${LETTERS}?machin=m0`), { status: 422, json: { code: 'field-unknown' } })
    t.match(await ask(vmm, 'DELETE', `${LETTERS}/first.2?machine=m1`, {}), { status: 200, json: { machine: 'm1' } })

    status = 204
    t.match(await ask(vmm, 'POST', `${LETTERS}/first.2/retry`, {}), { status: 202, json: { machine: 'm0', tries: 1 } })
    await until(url, ({ id }) => id === 'first.2.r1')
    t.match(await get(`${url}${LETTERS}`), { count: 0, letters: [] })
    t.same(got.toSorted(), ['first.2', 'first.2', 'first.2.r1'])
    t.match(await get(`${url}${M}/messages/first`), { became: 'settled' }, 'it was taken in the end')
  })
}

void t.test('whoever waits for what becomes of a message is told that it ended as a dead letter', async (t) => {
  const guest = await foreign((_, response) => void response.writeHead(400).end())
  const vmm = vmmService({ transport: transportOf('vmm', { guest: guest.url }) })
  t.teardown(async () => {
    await vmm.close()
    guest.close()
  })

  const { status, json } = await ask(vmm, 'POST', `${M}/sums/a?wait=settled`, add, { 'idempotency-key': 'first' })

  t.match(
    { status, json },
    {
      status: 502,
      json: { code: 'dead-letter', detail: /vmm for dead-letter of guest\.seen by guest/, waits: [{ id: 'first.2' }] }
    }
  )
})
