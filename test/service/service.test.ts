import t from 'tap'
import { Type } from 'typebox'
import { EVENT_MAX } from '../../shared/contracts/event-bounds.ts'
import { ID_RULE } from '../../shared/contracts/event-id.ts'
import { message } from '../../shared/contracts/message.ts'
import { Bytes, U64 } from '../../shared/contracts/wire.ts'
import { BODY_LIMIT } from '../../shared/service/http-app.ts'
import { buildService } from '../../shared/service/service.ts'
import { procedure } from '../../shared/model/procedure.ts'
import { ask, foreign, journalOf, until } from './http.ts'
import { add } from '../support/ping.ts'
import { listening, transportOf, vmmService } from './ping-service.ts'

const M = '/v1/machines/m0'

void t.test('a message is accepted with its id and its place in the journal', async (t) => {
  const app = vmmService()
  t.teardown(() => app.close())

  const accepted = await ask(app, 'POST', `${M}/sums/a`, { value: '0x3' })
  const entry = await app.inject(String(accepted.headers['location']))

  t.equal(accepted.status, 202)
  t.strictSame(accepted.json, { id: 'm0-vmm-1' })
  t.match(JSON.parse(entry.payload), { id: 'm0-vmm-1', kind: 'message', data: { name: 'a', value: '0x3' } })
  t.strictSame((await ask(app, 'GET', `${M}/sums`)).json, { total: '0x3', count: 1, doubled: [] })
})

void t.test('an Idempotency-Key is the id, and a repeat gives the same answer and changes nothing', async (t) => {
  const app = vmmService()
  t.teardown(() => app.close())
  const key = { 'idempotency-key': 'my-1' }

  const first = await ask(app, 'POST', `${M}/sums/a`, { value: '0x3' }, key)
  const again = await ask(app, 'POST', `${M}/sums/a`, { value: '0x3' }, key)

  t.strictSame(first.json, { id: 'my-1' })
  t.strictSame([again.status, again.json, again.headers['location']], [202, first.json, first.headers['location']])
  t.match((await ask(app, 'GET', `${M}/sums`)).json, { total: '0x3', count: 1 })
})

void t.test('an id that was used for another type of message is refused', async (t) => {
  const app = vmmService()
  t.teardown(() => app.close())
  const key = { 'idempotency-key': 'my-1' }

  await ask(app, 'POST', `${M}/sums/a`, { value: '0x3' }, key)
  const other = await ask(app, 'POST', `${M}/timers`, { afterNs: 1 }, key)

  t.match(other, {
    status: 422,
    json: { code: 'idempotency-key-reused', detail: 'my-1 is the id of the message sum.add' }
  })
})

void t.test('whatever is wrong with a request is a problem that names it, and nothing changes', async (t) => {
  const app = vmmService()
  t.teardown(() => app.close())
  const form = { 'content-type': 'application/x-www-form-urlencoded' }
  const cases: [string, Parameters<typeof ask> extends [unknown, ...infer R] ? R : never, number, object][] = [
    [
      'an unknown field',
      ['POST', `${M}/sums/a`, { value: '0x1', valu: 1 }],
      422,
      { code: 'field-unknown', field: '/valu' }
    ],
    ['a missing field', ['POST', `${M}/sums/a`, {}], 422, { code: 'field-missing', field: '/value' }],
    ['a wrong value', ['POST', `${M}/sums/a`, { value: 3 }], 422, { code: 'field-invalid', field: '/value' }],
    [
      'a value the model refuses',
      ['POST', `${M}/sums/a`, { value: '0x0' }],
      422,
      { detail: 'adding nothing is pointless' }
    ],
    [
      'a wrong number in the path',
      ['PUT', `${M}/slots/8`, { value: '0x1' }],
      422,
      { code: 'field-invalid', field: '/slot' }
    ],
    [
      'text for a number in the path',
      ['PUT', `${M}/slots/x`, { value: '0x1' }],
      422,
      { code: 'field-invalid', field: '/slot' }
    ],
    ['a body that contradicts the path', ['PUT', `${M}/slots/1`, { slot: 2, value: '0x1' }], 422, { field: '/slot' }],
    ['a list for a body', ['POST', `${M}/sums/a`, []], 422, { code: 'field-invalid' }],
    [
      'an unknown machine',
      ['POST', '/v1/machines/m9/sums/a', { value: '0x1' }],
      404,
      { code: 'machine-unknown', detail: /m9/ }
    ],
    ['an unknown path', ['GET', '/v1/nothing'], 404, { code: 'route-unknown', instance: '/v1/nothing' }],
    ['a wrong method', ['DELETE', `${M}/sums/a`], 405, { code: 'method-not-allowed', detail: /takes POST/ }],
    [
      'a form',
      ['POST', `${M}/sums/a`, 'value=1', form],
      415,
      { code: 'content-type-unsupported', detail: /urlencoded/ }
    ],
    ['raw bytes where none go', ['POST', `${M}/sums/a`, 'x', { 'content-type': 'application/octet-stream' }], 415, {}],
    ['JSON that stops', ['POST', `${M}/sums/a`, '{"value":'], 400, { code: 'body-malformed' }],
    ['no body at all, though one is needed', ['POST', `${M}/sums/a`, ''], 400, { code: 'body-malformed' }],
    ['prototype poison', ['POST', `${M}/sums/a`, '{"__proto__":{"x":1}}'], 400, { code: 'body-malformed' }],
    [
      'too much',
      ['POST', `${M}/sums/a`, `"${'x'.repeat(BODY_LIMIT)}"`],
      413,
      { code: 'body-too-large', detail: /1048576/ }
    ],
    [
      'a key with spaces',
      ['POST', `${M}/sums/a`, { value: '0x1' }, { 'idempotency-key': 'a b' }],
      400,
      { code: 'idempotency-key-invalid', detail: ID_RULE }
    ],
    ['an unknown query', ['GET', `${M}/sums?x=1`], 422, { code: 'field-unknown', field: '/x' }],
    ['something that is not there', ['GET', `${M}/doubled/4`], 404, { code: 'resource-unknown', detail: /doubled\/4/ }],
    ['a broken escape', ['GET', '/v1/%zz'], 404, { code: 'route-unknown' }]
  ]

  for (const [what, request, status, told] of cases) {
    const answer = await ask(app, ...request)
    t.equal(answer.status, status, what)
    t.match(answer.json, { status, type: /^\/docs\/problems#/, ...told }, what)
    t.match(answer.headers['content-type'], /^application\/problem\+json/, what)
  }
  t.match((await ask(app, 'GET', `${M}/sums`)).json, { total: '0x0', count: 0 })
  t.equal((await ask(app, 'GET', '/health')).status, 200)
})

void t.test('a refusal by the model is in the journal', async (t) => {
  const app = vmmService()
  t.teardown(() => app.close())

  await ask(app, 'POST', `${M}/sums/a`, { value: '0x0' })

  const expected = {
    kind: 'refusal',
    id: 'm0-vmm-1',
    type: 'sum.add',
    data: { code: 'field-invalid', field: '/value' }
  }
  t.match((await journalOf(app)).at(-1), expected)
})

void t.test('a machine is made once, and its start is its first input', async (t) => {
  const app = vmmService()
  t.teardown(() => app.close())

  const made = await ask(app, 'PUT', '/v1/machines/m1')
  const again = await ask(app, 'PUT', '/v1/machines/m1', {})

  t.strictSame([made.status, again.status], [201, 200])
  t.strictSame((await ask(app, 'GET', '/v1/machines')).json, { machines: ['m0', 'm1'] })
  t.strictSame(
    (await journalOf(app, '?machine=m1')).map(({ id, type, from }) => [id, type, from]),
    [['m1.vmm.start', 'machine.start', 'outside']]
  )
  t.match(await ask(app, 'PUT', '/v1/machines/M_1'), { status: 422, json: { field: '/machine' } })
  t.match(await ask(app, 'PUT', '/v1/machines/m2', { memory: 1 }), { status: 422, json: { field: '/memory' } })
  t.equal((await ask(app, 'GET', '/v1/machines/m2')).status, 404)
})

void t.test('reads give JSON, or bytes to those who ask for them', async (t) => {
  const app = vmmService()
  t.teardown(() => app.close())
  await ask(app, 'POST', `${M}/sums/a`, { value: '0x3' })

  const bytes = await app.inject({ url: `${M}/sums/total/raw`, headers: { accept: 'application/octet-stream' } })

  t.strictSame([...bytes.rawPayload], [3, 0, 0, 0, 0, 0, 0, 0])
  t.equal(bytes.headers['content-type'], 'application/octet-stream')
  t.strictSame((await ask(app, 'GET', `${M}/sums/total/raw`)).json, { bytes: 'AwAAAAAAAAA=' })
  t.match(await ask(app, 'GET', `${M}/sums/other/raw`), { status: 422, json: { field: '/name' } })
})

void t.test('a CloudEvent in structured mode is the same message', async (t) => {
  const app = vmmService()
  t.teardown(() => app.close())
  const event = {
    specversion: '1.0',
    id: 'e-1',
    source: '/guest',
    type: 'sum.add',
    subject: 'm0',
    data: { name: 'a', value: '0x3' }
  }
  const type = { 'content-type': 'application/cloudevents+json' }

  const accepted = await ask(app, 'POST', '/v1/events', { ...event, causationid: 'e-0' }, type)

  t.match(accepted, { status: 202, json: { id: 'e-1' } })
  t.match((await journalOf(app)).at(1), { id: 'e-1', from: 'guest', cause: 'e-0' })
  t.match(await ask(app, 'POST', '/v1/events', { ...event, type: 'no.such' }, type), {
    status: 422,
    json: { code: 'event-type-unknown' }
  })
  const wrong = { ...event, id: 'e-2', data: { name: 'a', value: 1 } }
  t.match(await ask(app, 'POST', '/v1/events', wrong, type), { status: 422, json: { field: '/data/value' } })
  t.match(await ask(app, 'POST', '/v1/events', { id: 'e-3' }, type), { status: 422, json: { code: 'field-missing' } })
  t.equal((await ask(app, 'POST', '/v1/events', event)).status, 415, 'plain JSON is no event')
})

void t.test('a CloudEvent in binary mode is the plain request with headers', async (t) => {
  const app = vmmService()
  t.teardown(() => app.close())
  const headers = { 'ce-id': 'e-1', 'ce-source': '/guest', 'ce-causationid': 'e-0' }

  await ask(app, 'POST', `${M}/sums/a`, { value: '0x3' }, headers)

  t.match((await journalOf(app)).at(1), { id: 'e-1', from: 'guest', cause: 'e-0' })
})

void t.test('no part of an envelope may be longer in a header than in a structured event', async (t) => {
  const app = vmmService()
  t.teardown(() => app.close())
  const structured = { 'content-type': 'application/cloudevents+json' }
  const envelope = { specversion: '1.0', id: 'e-1', source: '/x', type: 'sum.add', subject: 'm0' }
  const data = { name: 'a', value: '0x3' }

  for (const [part, most] of Object.entries(EVENT_MAX)) {
    const header = part === 'traceparent' ? part : `ce-${part}`
    const long = 'a'.repeat(most + 1)
    const refused = { status: 422, json: { code: 'field-invalid', field: `/${part}` } }
    t.match(await ask(app, 'POST', `${M}/sums/a`, { value: '0x3' }, { [header]: long }), refused, header)
    t.match(await ask(app, 'POST', '/v1/events', { ...envelope, data, [part]: long }, structured), refused, part)
  }
  for (const header of ['idempotency-key', 'ce-id']) {
    const long = { [header]: 'a'.repeat(3000) }
    t.match(await ask(app, 'POST', `${M}/sums/a`, { value: '0x3' }, long), {
      json: { code: 'idempotency-key-invalid' }
    })
  }
  t.strictSame((await journalOf(app)).slice(1), [], 'nothing of it is kept')

  const longest = { 'ce-causationid': 'a'.repeat(EVENT_MAX.causationid) }
  t.match(await ask(app, 'POST', `${M}/sums/a`, { value: '0x3' }, longest), { status: 202 })
})

void t.test('a tracestate that is too long counts as none', async (t) => {
  const got: unknown[] = []
  const guest = await foreign((request, response) => {
    got.push(request.headers['tracestate'])
    response.writeHead(202).end()
  })
  const app = vmmService({ transport: transportOf('vmm', { guest: guest.url }) })
  t.teardown(async () => {
    await app.close()
    guest.close()
  })
  const url = await listening(app)
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'

  await ask(app, 'POST', `${M}/sums/a`, { value: '0x3' }, { traceparent, tracestate: `a=${'b'.repeat(5000)}` })
  await until(url, ({ type }) => type === 'guest.seen')

  t.strictSame(got, [undefined])
})

void t.test('raw bytes become a field, with the other fields in the query, or the same as JSON', async (t) => {
  const submit = message({
    type: 'record.submit',
    to: 'vmm',
    method: 'POST',
    path: '/v1/machines/:machine/vms/:vm/records',
    summary: 'Raw bytes',
    raw: 'bytes',
    data: Type.Object({ vm: Type.String(), source: Type.Integer(), at: Type.Optional(U64), bytes: Bytes })
  })
  const model = procedure<unknown>(
    'vmm',
    () => null,
    (state, input) => (input.type === 'record.submit' ? input.data : state)
  )
  const reads = [
    {
      id: 'getState',
      path: '/v1/machines/:machine/state',
      reply: Type.Unknown(),
      summary: 'The last record',
      read: (state: unknown) => state
    }
  ]
  const app = buildService({ model, accepts: [submit], sends: [], reads })
  t.teardown(() => app.close())
  const type = { 'content-type': 'application/octet-stream' }

  const raw = await ask(app, 'POST', `${M}/vms/vm0/records?source=7&at=0x10`, Buffer.from([1, 2, 255]), type)

  t.equal(raw.status, 202)
  t.strictSame((await ask(app, 'GET', `${M}/state`)).json, { vm: 'vm0', source: 7, at: '0x10', bytes: 'AQL/' })
  const json = await ask(app, 'POST', `${M}/vms/vm1/records`, { source: 8, bytes: 'AA==' })
  t.equal(json.status, 202)
  t.match((await ask(app, 'GET', `${M}/state`)).json, { vm: 'vm1', source: 8, bytes: 'AA==' })
  t.match(await ask(app, 'POST', `${M}/vms/vm0/records`, Buffer.from([1]), type), {
    status: 422,
    json: { field: '/source' }
  })
  const large = await ask(app, 'POST', `${M}/vms/vm0/records?source=1`, Buffer.alloc(BODY_LIMIT + 1), type)
  t.match(large, { status: 413, json: { code: 'body-too-large' } })
})

void t.test('a question may be a GET, its data in path and query, its bytes by Accept', async (t) => {
  const read = message({
    type: 'memory.read',
    to: 'vmm',
    method: 'GET',
    path: '/v1/machines/:machine/memory/:address',
    summary: 'Reads memory',
    data: Type.Object({ address: U64, length: Type.Integer({ minimum: 1, maximum: 8 }) }),
    reply: Type.Object({ bytes: Bytes })
  })
  const model = procedure<null>(
    'vmm',
    () => null,
    (state, input, io) => {
      if (input.type === 'memory.read')
        io.answer({ bytes: new Uint8Array((input.data as { length: number }).length).fill(7) })
      return state
    }
  )
  const app = buildService({ model, accepts: [read], sends: [] })
  t.teardown(() => app.close())

  t.strictSame((await ask(app, 'GET', `${M}/memory/0x10?length=2`)).json, { bytes: 'Bwc=' })
  const bytes = await app.inject({ url: `${M}/memory/0x10?length=2`, headers: { accept: 'application/octet-stream' } })
  t.strictSame([...bytes.rawPayload], [7, 7])
  t.match(await ask(app, 'GET', `${M}/memory/0x10?length=9`), { status: 422, json: { field: '/length' } })
  t.match(await ask(app, 'GET', `${M}/memory/zz?length=1`), { status: 422, json: { field: '/address' } })
})

void t.test('a model that throws is a defect: said so, nothing changed, the service goes on', async (t) => {
  const model = procedure<number>(
    'vmm',
    () => 0,
    (state, input) => {
      if (input.type !== 'sum.add') return state
      if ((input.data as { name: string }).name === 'bad') throw new Error('out of paper')
      return state + 1
    }
  )
  const reads = [
    {
      id: 'getState',
      path: '/v1/machines/:machine/state',
      reply: Type.Object({ count: Type.Integer() }),
      summary: 'The count',
      read: (count: number) => ({ count })
    }
  ]
  const app = buildService({ model, accepts: [add], sends: [], reads })
  t.teardown(() => app.close())
  const told = t.capture(console, 'error')

  const failed = await ask(app, 'POST', `${M}/sums/bad`, { value: '0x1' })
  const fine = await ask(app, 'POST', `${M}/sums/good`, { value: '0x1' })

  t.match(failed, { status: 500, json: { code: 'model-fault', detail: /out of paper/ } })
  t.equal(fine.status, 202)
  t.strictSame((await ask(app, 'GET', `${M}/state`)).json, { count: 1 })
  t.match(
    told().map(({ args }) => String(args[0])),
    ['vmm: sum.add m0-vmm-1 of m0:']
  )
})

void t.test('GET / has a working curl line for everything', async (t) => {
  const app = vmmService()
  t.teardown(() => app.close())

  const { links } = (await ask(app, 'GET', '/')).json as { links: { method: string; href: string; curl: string }[] }

  t.match(
    links.find(({ href }) => href.startsWith(`${M}/sums`))?.curl,
    /^curl -s http:\/\/.*\/v1\/machines\/m0\/sums\/\w+ -H .* -d '\{"value":"0x1"\}'$/
  )
  for (const { method, href } of links.filter(
    ({ href }) => !href.includes('follow=true') && !href.includes('/events')
  )) {
    const answer = method === 'GET' ? await ask(app, 'GET', href) : undefined
    if (answer !== undefined && !href.includes('/doubled/'))
      t.ok(answer.status < 400, `${method} ${href} is ${answer.status}`)
  }
})

void t.test('the API describes itself as OpenAPI 3.1, with examples and problems', async (t) => {
  const app = vmmService()
  t.teardown(() => app.close())

  const api = (await ask(app, 'GET', '/openapi.json')).json as {
    openapi: string
    paths: Record<string, Record<string, unknown>>
    components: { schemas: Record<string, unknown> }
  }

  t.match(api.openapi, /^3\.1/)
  const put = api.paths['/v1/machines/{machine}/slots/{slot}']?.['put']
  t.match(put, {
    operationId: 'setSlot',
    requestBody: {
      content: { 'application/json': { schema: { $ref: '#/components/schemas/SetSlot' }, example: { value: '0x1' } } }
    },
    responses: { 202: {}, 422: { content: { 'application/problem+json': {} } } }
  })
  t.match(api.components.schemas['SetSlot'], { properties: { value: {} } })
  t.notMatch(api.components.schemas['SetSlot'], { properties: { slot: {} } })
  t.match((await ask(app, 'GET', '/docs')).status, 200)
  t.match((await ask(app, 'GET', '/docs/problems')).text, /## machine-unknown/)
  t.match((await ask(app, 'GET', '/metrics')).text, /seabus_accepted_total 1\n/)
})
