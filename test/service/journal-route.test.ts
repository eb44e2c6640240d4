import { once } from 'node:events'
import t from 'tap'
import { WebSocket } from 'ws'
import type { Entry } from '../../shared/trace/entry.ts'
import { ask, journalOf } from './http.ts'
import { listening, vmmService } from './ping-service.ts'

/** A service of two machines, whose sums each got a number. */
async function added(t: { teardown: (close: () => Promise<unknown>) => unknown }) {
  const app = vmmService({ machines: ['m0', 'm1', 'm2'] })
  t.teardown(() => app.close())
  await app.ready()
  for (const machine of ['m0', 'm1']) {
    await ask(app, 'POST', `/v1/machines/${machine}/sums/a`, { value: '0x3' }, { 'ce-id': `${machine}-e` })
  }
  return app
}

void t.test('a journal can be asked for machines, types, senders and receivers, with commas or repeated', async (t) => {
  const app = await added(t)
  const all = await journalOf(app)
  const fits = async (query: string, wanted: (entry: Entry) => boolean) => {
    const expected = all.filter(wanted)
    t.not(expected.length, 0, `${query} is about something`)
    t.not(expected.length, all.length, `${query} is not about all`)
    t.strictSame(await journalOf(app, query), expected, query)
  }

  await fits('?machine=m1', ({ machine }) => machine === 'm1')
  await fits('?machine=m1,m0', ({ machine }) => machine !== 'm2')
  await fits('?machine=m1&machine=m0', ({ machine }) => machine !== 'm2')
  await fits('?type=sum.add', ({ type }) => type === 'sum.add')
  await fits('?from=outside&machine=m0', ({ from, machine }) => from === 'outside' && machine === 'm0')
  await fits('?from=vmm,guest', ({ from }) => from === 'vmm')
  t.strictSame(await journalOf(app, '?to=policy,guest'), [])
  await fits('?trace=m1-e', ({ id, cause }) => /^m1-e(\.|$)/.test(id) || cause === 'm1-e')
})

void t.test('a filter that is unknown, twice where one is meant, or of no such value is refused by name', async (t) => {
  const app = await added(t)
  const refused = async (query: string, code: string, field: string, status = 422) =>
    t.match(await ask(app, 'GET', `/v1/journal?${query}`), { status, json: { code, field } }, query)

  await refused('machines=m0', 'field-unknown', '/machines')
  await refused('limit=1&limit=2', 'parameter-repeated', '/limit', 400)
  await refused('from=nobody', 'field-invalid', '/from/0')
  await refused('to=vmm,nobody', 'field-invalid', '/to/1')
  await refused('machine=M%200', 'field-invalid', '/machine/0')
  await refused('trace=', 'field-invalid', '/trace')
  await refused('after=-1', 'field-invalid', '/after')
})

void t.test('whoever asks for text is told the story in lines', async (t) => {
  const app = await added(t)

  const { headers, payload } = await app.inject({ url: '/v1/journal?machine=m0', headers: { accept: 'text/plain' } })

  t.match(headers['content-type'], /^text\/plain/)
  t.match(payload, /^ +\d+\.\d{6}  m0 +outside -> vmm +sum\.add: /m)
  t.notMatch(payload, /m1/)
})

void t.test('the same query over a WebSocket gives a line a frame, and its end is said', async (t) => {
  const app = await added(t)
  const url = await listening(app)
  const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/journal?machine=m1&limit=3`)
  const frames: unknown[] = []
  socket.on('message', (data: Buffer) => frames.push(JSON.parse(data.toString())))

  const [code] = (await once(socket, 'close')) as [number]

  t.equal(code, 1000)
  t.strictSame(frames, (await journalOf(app, '?machine=m1')).slice(0, 3))
})

void t.test('over a WebSocket a reader can follow, and nothing is read from it', async (t) => {
  const app = await added(t)
  const url = await listening(app)
  const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/journal?machine=m2&follow=true`)
  await once(socket, 'message')
  const next = once(socket, 'message') as Promise<[Buffer]>

  await ask(app, 'POST', '/v1/machines/m2/sums/a', { value: '0x3' }, { 'ce-id': 'later' })
  t.match(JSON.parse((await next)[0].toString()), { machine: 'm2', id: 'later' })
  socket.send('hello')

  const [code] = (await once(socket, 'close')) as [number]
  t.equal(code, 1003)
})

void t.test('a handshake with a query that does not fit is refused before it is a WebSocket', async (t) => {
  const app = await added(t)
  const url = await listening(app)
  const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/journal?form=vmm`)

  const [error] = (await once(socket, 'error')) as [Error]

  t.match(error.message, /422/)
})

void t.test('a type that is misspelt is refused with the one that was meant, and one like none is not', async (t) => {
  const app = await added(t)

  t.match(await ask(app, 'GET', '/v1/journal?from=firmwar'), {
    status: 422,
    json: { code: 'field-invalid', detail: 'there is no firmwar; did you mean firmware?', field: '/from' }
  })
  t.match(await ask(app, 'GET', '/v1/journal?type=memory.acess'), {
    status: 422,
    json: {
      code: 'field-invalid',
      field: '/type',
      detail: 'no entry has the type memory.acess; did you mean memory.access?'
    }
  })
  t.match(await ask(app, 'GET', '/v1/journal?type=sum.add,record.publishd'), {
    status: 422,
    json: { detail: /did you mean record\.published\?/ }
  })
  for (const type of [
    'record.published',
    'ghes.poll',
    'record.retry',
    'pe.retake',
    'answer',
    'machine.start',
    'my.own'
  ]) {
    t.equal((await ask(app, 'GET', `/v1/journal?type=${type}`)).status, 200, type)
  }
})
