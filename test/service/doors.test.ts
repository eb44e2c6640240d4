import { networkInterfaces } from 'node:os'
import t, { type Test } from 'tap'
import { buildConsole } from '../../services/console/app.ts'
import { MODELLED_LAYERS } from '../../shared/contracts/layer.ts'
import { doorsFromEnv } from '../../shared/service/environment.ts'
import type { Doors } from '../../shared/service/doors.ts'
import { LINK_PATH } from '../../shared/transport/link-frames.ts'
import { handshake, helloTo, send } from './browser.ts'
import { PING_ACCEPTS } from '../support/ping.ts'
import { journalOf } from './http.ts'
import { guestService, listening, vmmService } from './ping-service.ts'

/** Of a neighbour that opens a link. */
const HELLO = helloTo('vmm', PING_ACCEPTS.vmm)
const EVIL = 'https://evil.example'
const JSON_TYPE = { 'content-type': 'application/json' }
const SUMS = '/v1/machines/m0/sums/a'
const BODY = '{"value":"0x3"}'

async function served(t: Test, doors?: Doors) {
  const app = vmmService(doors === undefined ? {} : { doors })
  const url = await listening(app)
  t.teardown(() => app.close())
  const entries = async () => (await journalOf(app)).filter(({ type }) => type !== 'machine.start').length
  return { url, port: new URL(url).port, entries }
}

const behindOne = (url: string) => Object.fromEntries(MODELLED_LAYERS.map((layer) => [layer, url]))

void t.test('a name that somebody made to point here is refused, whatever is asked, and nothing happens', async (t) => {
  const { url, port, entries } = await served(t)

  for (const host of [
    `rebind.evil.example:${port}`,
    'evil.example',
    '127.0.0.1.evil.example',
    '::1',
    'localhost@evil'
  ]) {
    const headers = { ...JSON_TYPE, host }
    const told = await send(url + SUMS, { method: 'POST', headers, body: BODY })
    t.match(told, { status: 403, json: { code: 'host-refused' } }, host)
    for (const path of ['/', '/v1/journal', '/health', '/docs/', '/nothing']) {
      t.match(await send(url + path, { headers }), { status: 403, json: { code: 'host-refused' } }, `${host}${path}`)
    }
    t.match(await handshake(url + LINK_PATH, { host }), { status: 403, json: { code: 'host-refused' } }, host)
  }
  t.equal(await entries(), 0)
})

void t.test('whoever calls by a name of the loopback comes in', async (t) => {
  const { url, port, entries } = await served(t)

  for (const host of ['localhost', `LOCALHOST:${port}`, '127.0.0.1', `[::1]:${port}`, 'localhost.']) {
    const told = await send(url + SUMS, { method: 'POST', headers: { ...JSON_TYPE, host }, body: BODY })
    t.equal(told.status, 202, host)
    t.equal(await handshake(url + LINK_PATH, { ...HELLO, host }), 'open', host)
  }
  t.not(await entries(), 0)
})

void t.test('a page of another site can open no WebSocket and send nothing', async (t) => {
  const { url, entries } = await served(t)

  for (const origin of [EVIL, 'null', 'http://127.0.0.1.evil.example', 'http://10.0.0.1:7001', 'localhost']) {
    const refused = { status: 403, json: { code: 'origin-refused' } }
    t.match(await handshake(url + LINK_PATH, { origin }), refused, origin)
    const told = await send(url + SUMS, { method: 'POST', headers: { ...JSON_TYPE, origin }, body: BODY })
    t.match(told, refused, origin)
  }
  t.equal(await entries(), 0)
})

void t.test("a page of the service's own, or of this machine, may use it", async (t) => {
  const { url, port } = await served(t)

  for (const origin of [url, `http://localhost:${port}`, 'http://localhost:3000', 'http://[::1]:8080']) {
    t.equal(await handshake(url + LINK_PATH, { ...HELLO, origin }), 'open', origin)
    const told = await send(url + SUMS, { method: 'POST', headers: { ...JSON_TYPE, origin }, body: BODY })
    t.equal(told.status, 202, origin)
  }
})

void t.test('an image of another site is not served, and a link that somebody follows is', async (t) => {
  const { url } = await served(t)
  const site = { 'sec-fetch-site': 'cross-site' }

  t.match(await send(url, { headers: { ...site, 'sec-fetch-mode': 'no-cors' } }), {
    status: 403,
    json: { code: 'origin-refused' }
  })
  t.match(await send(url, { headers: { ...site, 'sec-fetch-mode': 'navigate' } }), { status: 200 })
})

void t.test('what changes something needs a content type that no page can send unasked', async (t) => {
  const { url, entries } = await served(t)
  const refused = { status: 415, json: { code: 'content-type-unsupported', detail: /application\/json/ } }

  for (const type of [
    undefined,
    'text/plain',
    'multipart/form-data; boundary=x',
    'application/x-www-form-urlencoded'
  ]) {
    const headers: Record<string, string> = type === undefined ? {} : { 'content-type': type }
    const empty = await send(url + SUMS, { method: 'POST', headers })
    t.match(empty, refused, `nothing as ${type}`)
    t.match(await send(`${url}/v1/machines/m1`, { method: 'PUT', headers }), refused, `PUT as ${type}`)
    t.match(await send(url + SUMS, { method: 'POST', headers, body: BODY }), refused, `JSON as ${type}`)
  }
  t.equal(await entries(), 0)
  const typed = { 'content-type': 'Application/JSON; charset=utf-8' }
  t.match(await send(url + SUMS, { method: 'POST', headers: typed, body: BODY }), { status: 202 })
})

void t.test('a WebSocket is opened only where one is offered, and a service without any opens none', async (t) => {
  const { url } = await served(t)
  const console = buildConsole({ urls: behindOne(url), newMachine: () => 'm' })
  const front = await listening(console)
  t.teardown(() => console.close())

  t.equal(await handshake(url + LINK_PATH, HELLO), 'open')
  for (const at of [`${url}/health`, `${url}/`, `${url}/nothing`, `${front}/health`]) {
    t.match(await handshake(at), { status: 404, json: { code: 'route-unknown' } }, at)
  }
})

void t.test('the console looks at its visitors too, also on the way to a service', async (t) => {
  const { url, entries } = await served(t)
  const console = buildConsole({ urls: behindOne(url), newMachine: () => 'm' })
  const front = await listening(console)
  t.teardown(() => console.close())
  const behind = `${front}/services/vmm${SUMS}`
  const sent = (headers: Record<string, string>) => send(behind, { method: 'POST', headers, body: BODY })

  t.match(await sent({ ...JSON_TYPE, host: 'evil.example' }), { status: 403, json: { code: 'host-refused' } })
  t.match(await sent({ ...JSON_TYPE, origin: EVIL }), { status: 403, json: { code: 'origin-refused' } })
  t.match(await sent({ 'content-type': 'text/plain' }), { status: 415 })
  t.match(await send(`${front}/v1/runs`, { method: 'POST' }), { status: 415 })
  t.equal(await entries(), 0)
  t.match(await sent({ ...JSON_TYPE, origin: front }), { status: 202 }, "the console's own page")
})

void t.test(
  'names that the service is configured with are allowed: listed ones, hosts of *_URL, where it listens',
  async (t) => {
    const doors = doorsFromEnv({
      SEABUS_HOST: '192.0.2.7',
      SEABUS_TRUST_NETWORK: 'yes',
      SEABUS_ALLOWED_HOSTS: 'Ras.Example.Com:443, other.example',
      FIRMWARE_URL: 'http://firmware:7002'
    })
    const { url } = await served(t, doors)

    for (const host of ['ras.example.com', 'other.example:7001', 'firmware', '192.0.2.7:7001', 'localhost']) {
      t.equal((await send(url, { headers: { host } })).status, 200, host)
    }
    t.equal((await send(url, { headers: { host: 'ras.example.com', origin: 'https://other.example' } })).status, 200)
    t.equal((await send(url, { headers: { host: 'evil.example' } })).status, 403)
  }
)

void t.test('the address that a connection came to is a name as well', async (t) => {
  const [address] = Object.values(networkInterfaces()).flatMap((one) => one ?? [])
  const guest = guestService()
  t.teardown(() => guest.close())
  const url = await guest.listen({ host: '0.0.0.0', port: 0 })
  const { port } = new URL(url)
  const own = address?.family === 'IPv4' ? address.address : '127.0.0.2'

  t.equal((await send(`http://${own}:${port}/`)).status, 200)
  t.equal((await send(`http://127.0.0.2:${port}/`)).status, 200, 'all of 127.0.0.0/8 is the loopback')
  t.equal((await send(`http://127.0.0.2:${port}/`, { headers: { host: '127.0.0.3' } })).status, 403)
})

void t.test('off the loopback a service asks for a token, or is told that the network is the boundary', async (t) => {
  const off = { SEABUS_HOST: '0.0.0.0' }

  t.throws(() => doorsFromEnv(off), { message: /^SEABUS_HOST=0\.0\.0\.0 .*SEABUS_TOKEN.*SEABUS_TRUST_NETWORK=yes/ })
  t.throws(() => doorsFromEnv({ SEABUS_HOST: '::' }), { message: /SEABUS_TOKEN/ })
  t.throws(() => doorsFromEnv({ ...off, SEABUS_TOKEN: '' }), { message: /SEABUS_TOKEN/ }, 'an empty token is none')
  t.throws(() => doorsFromEnv({ ...off, SEABUS_TRUST_NETWORK: 'no' }), { message: /SEABUS_TOKEN/ })
  t.throws(() => doorsFromEnv({ ...off, SEABUS_TRUST_NETWORK: 'perhaps' }), { message: /yes or no/ })
  t.throws(() => doorsFromEnv({ SEABUS_TOKEN: 'two words' }), { message: /SEABUS_TOKEN/ })
  t.equal(doorsFromEnv({ ...off, SEABUS_TOKEN: 'secret' }).token?.is('secret'), true)
  t.equal(doorsFromEnv({ ...off, SEABUS_TRUST_NETWORK: 'yes' }).token, undefined)
  for (const host of ['127.0.0.1', '127.1.2.3', 'localhost', '::1']) {
    t.equal(doorsFromEnv({ SEABUS_HOST: host }).token, undefined, host)
  }
})

void t.test(
  'every answer, a refusal as well, keeps browsers from framing, guessing and loading from elsewhere',
  async (t) => {
    const { url } = await served(t)
    const answers = [
      await send(url),
      await send(`${url}/nothing`),
      await send(`${url}/docs/`),
      await send(url, { headers: { host: 'evil.example' } }),
      await send(url + SUMS, { method: 'POST' })
    ]

    for (const { headers, status } of answers) {
      t.match(
        headers,
        {
          'content-security-policy': /default-src 'self'.*frame-ancestors 'none'/,
          'x-content-type-options': 'nosniff',
          'x-frame-options': 'DENY',
          'cross-origin-resource-policy': 'same-origin'
        },
        String(status)
      )
    }
  }
)

void t.test('the page of the API needs nothing that the headers forbid', async (t) => {
  const { url } = await served(t)
  const { text, status } = await send(`${url}/docs/`)

  t.equal(status, 200)
  t.notMatch(text, /<script(?![^>]*src=)|\son\w+=/i, 'no script in the text of the page')
  t.notMatch(text, /(?:src|href)="https?:/, 'nothing from elsewhere')
})

void t.test('a path that climbs out of the pages is not there, and is no defect of the service', async (t) => {
  const faults: unknown[] = []
  const app = vmmService()
  t.teardown(() => app.close())
  t.capture(console, 'error', (...args: unknown[]) => faults.push(args))
  const url = await listening(app)
  const { hostname, port } = new URL(url)

  for (const path of [
    '/docs/static/../../../../package.json',
    '/docs/static/%2e%2e/%2e%2e/package.json',
    '/docs/static/nothing'
  ]) {
    const told = await send(`http://${hostname}:${port}`, { path })
    t.match(told, { status: 404, json: { code: 'route-unknown' } }, path)
  }
  t.strictSame(faults, [])
})
