import t, { type Test } from 'tap'
import { Token } from '../../shared/service/token.ts'
import { LINK_PATH } from '../../shared/transport/link-frames.ts'
import { handshake, helloTo, send, type Told } from './browser.ts'
import { PING_ACCEPTS } from '../support/ping.ts'
import { journalOf } from './http.ts'
import { listening, vmmService } from './ping-service.ts'

/** Of a neighbour that opens a link. */
const HELLO = helloTo('vmm', PING_ACCEPTS.vmm)
const SECRET = 'open-sesame-42'
const BEARER = { authorization: `Bearer ${SECRET}` }
const JSON_TYPE = { 'content-type': 'application/json' }
const FORM = { 'content-type': 'application/x-www-form-urlencoded' }
const PAGE = { accept: 'text/html,application/xhtml+xml' }
const SUMS = '/v1/machines/m0/sums/a'
const BODY = '{"value":"0x3"}'
const MISSING = { status: 401, headers: { 'www-authenticate': /^Bearer/ }, json: { code: 'token-missing' } }

async function served(t: Test) {
  const app = vmmService({ doors: { hosts: [], token: new Token(SECRET) } })
  const url = await listening(app)
  t.teardown(() => app.close())
  return { app, url }
}

/** What the browser keeps after it has given the token. */
async function session(url: string): Promise<Record<string, string>> {
  const told = await logIn(url, SECRET)
  return { cookie: cookieOf(told) }
}

const logIn = (url: string, token: string, next = '/docs/') =>
  send(`${url}/login?next=${encodeURIComponent(next)}`, {
    method: 'POST',
    headers: { ...FORM, origin: url },
    body: new URLSearchParams({ token }).toString()
  })

const cookieOf = ({ headers }: Told) => headers['set-cookie']?.[0]?.split(';')[0] ?? ''

void t.test('without the token nothing is told and nothing done, but how the service is', async (t) => {
  const { app, url } = await served(t)

  for (const path of [
    '/',
    '/v1/journal',
    '/metrics',
    '/openapi.json',
    '/docs/',
    '/v1/machines',
    '/nothing',
    '/healthy'
  ]) {
    t.match(await send(url + path), MISSING, path)
  }
  t.match(await send(url + SUMS, { method: 'POST', headers: JSON_TYPE, body: BODY }), MISSING)
  t.match(await handshake(url + LINK_PATH), { status: 401, json: { code: 'token-missing' } })
  t.equal((await send(`${url}/health`)).status, 200)
  t.equal((await send(`${url}/health?verbose`)).status, 200)
  t.match(await handshake(`${url}/health`), { status: 404 })
  t.match(await journalOf(app), [], 'nothing has happened')
})

void t.test('the description says that a token is needed', async (t) => {
  const { url } = await served(t)

  const { json } = await send(`${url}/openapi.json`, { headers: BEARER })

  t.match(json, { security: [{ token: [] }], components: { securitySchemes: { token: { scheme: 'bearer' } } } })
})

void t.test('another token is none, however alike', async (t) => {
  const { url } = await served(t)
  const others = [`Bearer ${SECRET}x`, `Bearer ${SECRET.slice(1)}`, 'Bearer', 'Bearer ', `Basic ${SECRET}`, SECRET]

  for (const authorization of [...others, `Bearer ${SECRET} x`]) {
    t.match(await send(url, { headers: { authorization } }), MISSING, authorization)
  }
})

void t.test('with the token whoever calls comes in, by any name and with any content type', async (t) => {
  const { url } = await served(t)

  t.equal((await send(url, { headers: BEARER })).status, 200)
  t.equal((await send(url, { headers: { authorization: `bearer ${SECRET}`, host: 'ras.example.com' } })).status, 200)
  t.equal(await handshake(url + LINK_PATH, { ...HELLO, ...BEARER }), 'open')
  const sent = await send(url + SUMS, { method: 'POST', headers: { ...BEARER, ...JSON_TYPE }, body: BODY })
  t.equal(sent.status, 202)
  t.match(await send(`${url}/v1/machines/m1`, { method: 'PUT', headers: BEARER }), { status: 201 })
})

void t.test('the token is told nowhere', async (t) => {
  const { url } = await served(t)
  await send(url + SUMS, { method: 'POST', headers: { ...BEARER, ...JSON_TYPE }, body: BODY })

  for (const path of ['/', '/health', '/v1/journal', '/metrics', '/openapi.json', '/v1/quiescence', '/nothing']) {
    const { text } = await send(url + path, { headers: BEARER })
    t.not(text, '')
    t.notMatch(text, SECRET, path)
  }
  const { text } = await send(url, { headers: { authorization: `Bearer wrong-${SECRET}` } })
  t.notMatch(text, SECRET)
  t.match((await send(url, { headers: BEARER })).text, /curl -H \\"authorization: Bearer \$SEABUS_TOKEN\\"/)
  t.notMatch(JSON.stringify({ token: new Token(SECRET) }), SECRET)
})

void t.test('a browser that wants a page is asked for the token, once, and then has the page', async (t) => {
  const { url } = await served(t)

  const asked = await send(`${url}/docs/?a=1`, { headers: PAGE })
  t.match(asked, { status: 303, headers: { location: '/login?next=%2Fdocs%2F%3Fa%3D1' } })
  const form = await send(url + String(asked.headers.location), { headers: PAGE })
  t.match(form, { status: 200, headers: { 'content-type': /^text\/html/, 'cache-control': 'no-store' } })
  t.match(form.text, /<form method="post">/, 'it is sent to where it stands, with what is to come next')
  const let_in = await logIn(url, SECRET, '/docs/?a=1')
  t.match(let_in, { status: 303, headers: { location: '/docs/?a=1' } })
  const cookie = cookieOf(let_in)
  t.match(let_in.headers['set-cookie']?.[0], /; Path=\/; HttpOnly; SameSite=Strict$/)
  t.notMatch(cookie, SECRET)
  t.match(await send(`${url}/docs/`, { headers: { ...PAGE, cookie: `theme=dark; ${cookie}` } }), { status: 200 })
})

void t.test('who gives another token is told so and gets no session', async (t) => {
  const { url } = await served(t)

  for (const body of ['token=wrong', 'token=', '', 'other=1']) {
    const told = await send(`${url}/login`, { method: 'POST', headers: { ...FORM, origin: url }, body })
    t.match(told, { status: 401, headers: { 'set-cookie': undefined, 'content-type': /^text\/html/ } }, body)
  }
  for (const cookie of ['seabus-session=', 'seabus-session=x', `seabus-session=${SECRET}`, 'other=1']) {
    t.match(await send(url, { headers: { cookie } }), MISSING, cookie)
  }
})

void t.test('a login leads to a page of the service and nowhere else', async (t) => {
  const { url } = await served(t)
  const elsewhere = [
    'https://evil.example/',
    '//evil.example/',
    '/\\evil.example',
    '/\t/evil.example',
    '',
    'docs',
    '/..//x'
  ]

  for (const next of elsewhere) t.match(await logIn(url, SECRET, next), { headers: { location: /^\/(?![/\\])/ } }, next)
  const { text } = await send(`${url}/login?next=${encodeURIComponent('/"><script>alert(1)</script>')}`, {
    headers: PAGE
  })
  t.notMatch(text, '<script')
  const twice = await send(`${url}/login?next=/a&next=/b`, { method: 'POST', headers: FORM, body: `token=${SECRET}` })
  t.match(twice, { status: 400, json: { code: 'parameter-repeated', field: '/next' } })
})

void t.test(
  'a session is for pages of the service: it opens WebSockets and sends JSON, and no other page can use it',
  async (t) => {
    const { url } = await served(t)
    const cookie = await session(url)
    const evil = { ...cookie, origin: 'https://evil.example' }
    const body = BODY

    t.equal(await handshake(url + LINK_PATH, { ...HELLO, ...cookie, origin: url }), 'open')
    t.match(await handshake(url + LINK_PATH, evil), { status: 403, json: { code: 'origin-refused' } })
    const own = { ...cookie, ...JSON_TYPE, origin: url }
    t.equal((await send(url + SUMS, { method: 'POST', headers: own, body })).status, 202)
    t.match(await send(url + SUMS, { method: 'POST', headers: { ...evil, ...JSON_TYPE }, body }), { status: 403 })
    t.match(await send(url + SUMS, { method: 'POST', headers: cookie, body }), { status: 415 })
  }
)

void t.test('a session is of its token: another service with the same knows it, with another does not', async (t) => {
  const { url } = await served(t)
  const { cookie = '' } = await session(url)

  t.equal(new Token(SECRET).hasSessionIn(cookie), true)
  t.equal(new Token(`${SECRET}x`).hasSessionIn(cookie), false)
})

void t.test('behind a proxy with TLS the cookie is for TLS alone', async (t) => {
  const { url } = await served(t)
  const headers = { ...FORM, host: 'ras.example.com', origin: 'https://ras.example.com' }

  const told = await send(`${url}/login`, { method: 'POST', headers, body: `token=${SECRET}` })

  t.match(told.headers['set-cookie']?.[0], /; Secure$/)
})
