import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { AddressInfo } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { WebSocket } from 'ws'
import { buildLayer } from '../../services/build-layer.ts'
import { ACCEPTS } from '../../shared/contracts/registry.ts'
import { DEFAULT_LIMITS, limitsFromEnv, type Limits } from '../../shared/service/limits.ts'
import { contractOf } from '../../shared/transport/link-contract.ts'
import { helloHeaders } from '../../shared/transport/link-handshake.ts'
import { parsed } from '../support/requests.ts'

interface Teardown {
  teardown(close: () => Promise<unknown>): unknown
}

async function served(t: Teardown, limits: Partial<Limits>) {
  const app = buildLayer('firmware', { limits: { ...DEFAULT_LIMITS, ...limits } })
  t.teardown(() => app.close())
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  return { app, url }
}

const portOf = (app: FastifyInstance) => (app.server.address() as AddressInfo).port

async function open(t: Teardown, app: FastifyInstance, sent = ''): Promise<Socket> {
  const socket = connect(portOf(app), '127.0.0.1').setEncoding('utf8')
  socket.on('error', () => undefined)
  t.teardown(async () => socket.destroy())
  await once(socket, 'connect')
  if (sent !== '') socket.write(sent)
  return socket
}

/** All that comes until the other end closes. */
async function ended(socket: Socket): Promise<string> {
  let text = ''
  for await (const part of socket as AsyncIterable<string>) text += part
  return text
}

/** As much as has come once there is something that fits. */
async function answered(socket: Socket, fits: RegExp): Promise<string> {
  let text = ''
  while (!fits.test(text)) text += ((await once(socket, 'data')) as [string])[0]
  return text
}

const GET_HEALTH = 'GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n'
const GET_ROOT = 'GET /v1/machines HTTP/1.1\r\nhost: localhost\r\n\r\n'
const FOLLOW = 'GET /v1/journal?follow=true HTTP/1.1\r\nhost: localhost\r\n\r\n'
const HALF_A_BODY =
  'POST /v1/events HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/cloudevents+json\r\ncontent-length: 1000\r\n\r\n{'

const bodyOf = (answer: string) => parsed(answer.slice(answer.indexOf('\r\n\r\n') + 4))
const ofFirmware = (from: 'hardware' | 'host-kernel') =>
  helloHeaders({ from, to: 'firmware', contract: contractOf(ACCEPTS.firmware) })

void t.test('a body that does not come to its end is cut off, with a problem', async (t) => {
  const { app } = await served(t, { requestMs: 50, headersMs: 50 })
  const answer = await ended(await open(t, app, HALF_A_BODY))
  t.match(answer, /^HTTP\/1\.1 408 .*\r\n(?:.*\r\n)*content-type: application\/problem\+json/)
  t.match(bodyOf(answer), { code: 'request-too-slow', status: 408 })
})

void t.test('so are headers that do not come to their end', async (t) => {
  const { app } = await served(t, { requestMs: 50, headersMs: 50 })
  t.match(bodyOf(await ended(await open(t, app, 'GET / HTTP/1.1\r\nhost:'))), { code: 'request-too-slow' })
})

void t.test('what is no HTTP, or has too many headers, is told so as a problem', async (t) => {
  const { app } = await served(t, {})
  t.match(bodyOf(await ended(await open(t, app, 'nonsense\r\n\r\n'))), { code: 'body-malformed', status: 400 })
  const many = `GET / HTTP/1.1\r\nhost: localhost\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`
  t.match(bodyOf(await ended(await open(t, app, many))), { code: 'headers-too-large', status: 431 })
})

void t.test('an answer that goes on for long is no slow request', async (t) => {
  const { app } = await served(t, { requestMs: 50, headersMs: 50 })
  const follower = await open(t, app, FOLLOW)
  await answered(follower, /boot|seq/)
  // Whoever is cut off here came later, and is slower than the follower would be.
  await ended(await open(t, app, HALF_A_BODY))
  t.notOk(follower.readableEnded || follower.destroyed)
})

void t.test('at the limit of connections the one that is idle gives way', async (t) => {
  const { app } = await served(t, { connections: 2 })
  const first = await open(t, app, GET_HEALTH)
  await answered(first, /200 OK/)
  const second = await open(t, app, GET_HEALTH)
  await answered(second, /200 OK/)
  const third = await open(t, app, GET_ROOT)
  t.match(await answered(third, /HTTP/), /200 OK/)
  await ended(first)
  second.write(GET_ROOT)
  t.match(await answered(second, /HTTP/), /200 OK/)
})

void t.test('when none is idle the newcomer is told, but not who asks how we are, and no link', async (t) => {
  const { app, url } = await served(t, { connections: 2 })
  for (const one of [await open(t, app, FOLLOW), await open(t, app, FOLLOW)]) await answered(one, /200 OK/)

  const late = await ended(await open(t, app, GET_ROOT))
  t.match(late, /^HTTP\/1\.1 503 /)
  t.match(late, /retry-after: 1\r\n/)
  t.match(bodyOf(late), { code: 'overloaded' })
  t.match(await answered(await open(t, app, GET_HEALTH), /HTTP/), /200 OK/)

  const link = new WebSocket(`${url.replace('http', 'ws')}/v1/link`, { headers: ofFirmware('hardware') })
  t.teardown(() => link.terminate())
  await once(link, 'open')
})

void t.test('readers of the journal over the limit are refused, and a place is free when one has gone', async (t) => {
  const { app } = await served(t, { readers: 1 })
  const reader = await open(t, app, FOLLOW)
  await answered(reader, /200 OK/)
  const refused = await app.inject({ url: '/v1/journal' })
  t.match(refused.json(), { code: 'overloaded' })
  t.equal(refused.headers['retry-after'], '1')

  reader.destroy()
  let { statusCode } = refused
  while (statusCode !== 200) {
    await setImmediate()
    statusCode = (await app.inject({ url: '/v1/journal' })).statusCode
  }
})

void t.test(
  'requests over the rate are refused with the seconds until the next; links and health are not',
  async (t) => {
    const { app, url } = await served(t, { rate: 1 })
    const statuses: number[] = []
    for (let i = 0; i < 12; i++) statuses.push((await app.inject({ url: '/v1/machines' })).statusCode)
    t.strictSame(new Set(statuses.slice(0, 10)), new Set([200]))
    const refused = await app.inject({ url: '/nowhere' })
    t.match(refused.json(), { code: 'rate-exceeded', status: 429 })
    t.ok(Number(refused.headers['retry-after']) > 0)

    t.equal((await app.inject({ url: '/health' })).statusCode, 200)
    const link = new WebSocket(`${url.replace('http', 'ws')}/v1/link`, { headers: ofFirmware('hardware') })
    t.teardown(() => link.terminate())
    await once(link, 'open')
  }
)

void t.test('over the limit of links the one that has been silent longest is closed', async (t) => {
  const { url } = await served(t, { links: 2 })
  const linked = async () => {
    const link = new WebSocket(`${url.replace('http', 'ws')}/v1/link`, { headers: ofFirmware('host-kernel') })
    t.teardown(() => link.terminate())
    await once(link, 'open')
    return link
  }
  const [first, second] = [await linked(), await linked()]
  first.send('{"seq":1}')
  await once(first, 'message')
  const closed = once(second, 'close')
  await linked()
  t.equal((await closed)[0], 1013)
  t.equal(first.readyState, first.OPEN)
})

void t.test('a process that has too much to do turns others away, and still says how it is', async (t) => {
  // Of any heap more than 0.0001 percent is in use once it has been looked at.
  const { app } = await served(t, { pressure: { everyMs: 20, delayMs: 0, heapPercent: 0.0001 } })
  await app.ready()
  let refused = await app.inject({ url: '/v1/machines' })
  while (refused.statusCode === 200) {
    await setImmediate()
    refused = await app.inject({ url: '/v1/machines' })
  }
  t.match(refused.json(), { code: 'overloaded' })
  t.equal(refused.headers['retry-after'], '1')
  t.equal((await app.inject({ url: '/health' })).statusCode, 200)
})

void t.test('limits come from variables, and one that makes no sense is named', async (t) => {
  t.match(limitsFromEnv({}), DEFAULT_LIMITS)
  const env = { SEABUS_MAX_CONNECTIONS: '5', SEABUS_RATE: '0', SEABUS_REQUEST_SECONDS: '2', SEABUS_MAX_DELAY: '0' }
  const set = { connections: 5, rate: 0, requestMs: 2000, headersMs: 2000, pressure: { delayMs: 0, heapPercent: 90 } }
  t.match(limitsFromEnv(env), set)
  t.throws(() => limitsFromEnv({ SEABUS_MAX_LINKS: '0' }), /SEABUS_MAX_LINKS must be at least 1/)
  t.throws(() => limitsFromEnv({ SEABUS_MAX_HEAP: '101' }), /SEABUS_MAX_HEAP must be a whole number up to 100/)
})
