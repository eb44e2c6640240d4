import { once } from 'node:events'
import { createServer as createHttp } from 'node:http'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import t from 'tap'
import WebSocket from 'ws'
import { contractOf } from '../../shared/transport/link-contract.ts'
import { helloHeaders } from '../../shared/transport/link-handshake.ts'
import { PING_ACCEPTS } from '../support/ping.ts'
import { get, post, until } from '../service/http.ts'
import { guestService, listening, transportOf, policyService, vmmService } from '../service/ping-service.ts'

const M = '/v1/machines/m0'

/** A way to a service that can be cut. */
async function proxy(target: string) {
  const { port, hostname } = new URL(target)
  const sockets = new Set<Socket>()
  const upgrades: string[] = []
  const server = createServer((near) => {
    const far = connect(Number(port), hostname)
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        sockets.delete(socket)
        near.destroy()
        far.destroy()
      })
    }
    near.once('data', (head: Buffer) => upgrades.push(head.toString().split('\r\n')[0] ?? ''))
    near.pipe(far)
    far.pipe(near)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    upgrades,
    cut: () => sockets.forEach((socket) => socket.destroy()),
    close: () => {
      sockets.forEach((socket) => socket.destroy())
      server.close()
    }
  }
}

void t.test('a link that breaks is opened again, and what was on it arrives once and in order', async (t) => {
  const guest = guestService()
  const way = await proxy(await listening(guest))
  const vmm = vmmService({ transport: transportOf('vmm', { guest: way.url }, 'link') })
  const url = await listening(vmm)
  t.teardown(async () => {
    await Promise.all([vmm.close(), guest.close()])
    way.close()
  })
  const values = Array.from({ length: 60 }, (_, i) => `0x${(i + 1).toString(16)}`)

  for (const [i, value] of values.entries()) {
    await post(`${url}${M}/sums/a`, { value }, { 'idempotency-key': `k${i}` })
    if (i % 15 === 7) way.cut()
  }
  const last = `k${values.length - 1}.2`
  await until(way.url, ({ id }) => id === last)

  t.strictSame(await get(`${way.url}${M}/seen`), { values })
  const links = way.upgrades.filter((line) => line.startsWith('GET /v1/link'))
  t.ok(links.length >= 3, `the link was opened ${links.length} times`)
  t.notOk(
    way.upgrades.some((line) => line.includes('/seen HTTP') && line.startsWith('POST')),
    'nothing went by POST'
  )
})

void t.test('a question under way when the link breaks is answered over the next one', async (t) => {
  const policy = policyService()
  const way = await proxy(await listening(policy))
  const vmm = vmmService({ transport: transportOf('vmm', { policy: way.url }, 'link') })
  const url = await listening(vmm)
  t.teardown(async () => {
    await Promise.all([vmm.close(), policy.close()])
    way.close()
  })

  const answers = Array.from({ length: 8 }, (_, i) => post(`${url}${M}/doubles`, { value: `0x${i}` }))
  way.cut()
  const values = (await Promise.all(answers)).map(({ json }) => (json as { value: string }).value)

  t.strictSame(
    values,
    Array.from({ length: 8 }, (_, i) => `0x${(i * 2).toString(16)}`)
  )
})

void t.test('a neighbour that comes back as a service without links is served by POST', async (t) => {
  const first = guestService()
  const address = await listening(first)
  const { port } = new URL(address)
  const vmm = vmmService({ transport: transportOf('vmm', { guest: address }, 'link') })
  const url = await listening(vmm)
  t.teardown(() => vmm.close())
  await post(`${url}${M}/sums/a`, { value: '0x1' })
  await until(address, ({ type }) => type === 'guest.seen')
  await first.close()
  await post(`${url}${M}/sums/a`, { value: '0x2' }, { 'idempotency-key': 'second' })

  const got: string[] = []
  const other = createHttp((request, response) => {
    if (request.url !== '/v1/link') got.push(`${request.method} ${request.url} ${String(request.headers['ce-id'])}`)
    response.writeHead(request.url === '/v1/link' ? 501 : 202).end()
  })
  other.listen(Number(port), '127.0.0.1')
  t.teardown(() => {
    other.closeAllConnections()
    other.close()
  })
  await until(url, ({ id }) => id === 'second.2')

  t.strictSame(got, [`POST ${M}/seen second.2`])
})

void t.test('anyone may open a link: events go in as frames, replies come out', async (t) => {
  const vmm = vmmService()
  const url = await listening(vmm)
  t.teardown(() => vmm.close())
  const hello = helloHeaders({ from: 'guest', to: 'vmm', contract: contractOf(PING_ACCEPTS.vmm ?? []) })
  const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/link`, { headers: hello })
  await once(socket, 'open')
  const replies: unknown[] = []
  const event = {
    specversion: '1.0',
    id: 'e1',
    source: '/guest',
    type: 'sum.add',
    subject: 'm0',
    time: '2026-01-01T00:00:00Z'
  }
  const frames = [
    { seq: 1, event: { ...event, data: { name: 'a', value: '0x3' } } },
    { seq: 2, event: { ...event, id: 'e2', data: { name: 'a', value: '0x0' } } },
    { seq: 3, event: { ...event, id: 'e3', data: { name: 'a', value: 3 } } },
    { seq: 4, event: { ...event, id: 'e4', type: 'no.such', data: {} } },
    { seq: 5, event: { ...event, id: 'e5', subject: 'm9', data: { name: 'a', value: '0x3' } } },
    { seq: 6, event: { ...event, data: { name: 'a', value: '0x3' } } }
  ]

  socket.send(frames.map((frame) => JSON.stringify(frame)).join('\n'))
  await new Promise<void>((resolve) => {
    socket.on('message', (message: Buffer) => {
      for (const line of message.toString().split('\n')) replies.push(JSON.parse(line))
      if (replies.length === frames.length) resolve()
    })
  })

  t.match(
    replies.toSorted((a, b) => seqOf(a) - seqOf(b)),
    [
      { ack: 1 },
      { seq: 2, journalled: true, problem: { code: 'field-invalid', detail: 'adding nothing is pointless' } },
      { seq: 3, journalled: false, problem: { code: 'field-invalid', field: '/value' } },
      { seq: 4, problem: { code: 'event-type-unknown' } },
      { seq: 5, problem: { code: 'machine-unknown' } },
      { ack: 6 }
    ]
  )
  t.match(await get(`${url}${M}/sums`), { count: 1 }, 'the repeat changed nothing')
  socket.send('{"seq":')
  const [code] = (await once(socket, 'close')) as [number]
  t.equal(code, 1002, 'what is no frame ends the link')
  t.match(await get(`${url}/health`), { status: 'ok' })
})

const seqOf = (reply: unknown) => (reply as { ack?: number; seq?: number }).ack ?? (reply as { seq: number }).seq
