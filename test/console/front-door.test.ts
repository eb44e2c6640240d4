import t from 'tap'
import { MODELLED_LAYERS } from '../../shared/contracts/layer.ts'
import { readStory } from '../../services/console/stories.ts'
import { runScenario } from '../../shared/scenario/run-scenario.ts'
import { ran } from '../support/commands.ts'
import { parsed, request } from '../support/requests.ts'
import { buildConsole } from '../../services/console/app.ts'
import { frontLinks } from '../../services/console/front-links.ts'
import { foreign } from '../service/http.ts'
import { shell } from '../support/programs.ts'
import { services } from '../support/services.ts'

interface Index {
  readonly links: readonly { readonly method: string; readonly href: string; readonly curl: string }[]
}

for (const layer of MODELLED_LAYERS) {
  void t.test(`${layer}, asked through the console, prints commands that go through the console`, async (t) => {
    const { urls } = await services(t)
    const door = `${urls.console}/services/${layer}`
    const { links } = (await request(`${door}/`)).json as Index

    for (const { curl } of links) t.ok(curl.includes(`${door}/`), curl)
    for (const { method, href, curl } of links) {
      if (method !== 'GET' || href.includes('follow=true')) continue
      const { status, text } = await request(door + href)
      const { status: direct } = await request(urls[layer] + href)
      t.equal(status, direct, `${curl}: ${text.slice(0, 200)}`)
    }
  })

  void t.test(`the OpenAPI of ${layer} says where it is served, to whoever asks`, async (t) => {
    const { urls } = await services(t)
    const door = `${urls.console}/services/${layer}`

    for (const address of [urls[layer], door]) {
      t.match((await request(`${address}/openapi.json`)).json, { servers: [{ url: address }] }, address)
      t.match((await request(`${address}/docs/json`)).json, { servers: [{ url: address }] }, `${address}, on its page`)
    }
    const accepted = await request(`${door}/v1/machines/m0/nothing`)
    t.equal(accepted.status, 404)
  })
}

void t.test(
  'the console and each layer print how to read the journal as text, and a part of it; both work as printed',
  async (t) => {
    const { urls, system } = await services(t)
    await runScenario(system, readStory('morse'), 'm0')
    for (const door of [urls.console, urls['host-kernel'], `${urls.console}/services/host-kernel`]) {
      const { links } = (await request(`${door}/`)).json as Index
      const printed = links.filter(({ href }) => href.startsWith('/v1/journal?machine=m0')).map(({ curl }) => curl)
      t.equal(printed.length, 2, door)
      const [asText, filtered] = await Promise.all(printed.map((curl) => ran('sh', ['-c', curl])))

      t.match(asText, { code: 0, stdout: /^ *[\d.]+ .*\bm0\b/m })
      t.equal(parsed(asText?.stdout.split('\n')[0] ?? ''), undefined, 'lines for people')
      const entries = (filtered?.stdout ?? '')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as { machine: string; to: string })
      t.ok(entries.length > 0 && entries.length <= 10, `${entries.length} entries`)
      for (const { machine, to } of entries) t.strictSame([machine, to], ['m0', 'host-kernel'])
    }
  }
)

void t.test('a message accepted through the console says where its entry is, there', async (t) => {
  const { urls } = await services(t)
  const door = `${urls.console}/services/hardware`
  const accepted = await fetch(`${door}/v1/machines/m0/errors`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      kind: 'memory',
      hostPhysical: '0x48001000',
      signalled: 'SEA',
      containment: 'UER',
      severity: 'recoverable'
    })
  })

  t.equal(accepted.status, 202, await accepted.text())
  const entry = await request(new URL(accepted.headers.get('location') ?? '', door).href)
  t.match(entry.text, /error\.inject/)
})

void t.test(
  'where a caller came in is told by the console, not by the caller, and only if it is an address',
  async (t) => {
    const { urls } = await services(t)
    const forged = { 'x-forwarded-host': 'evil.example', 'x-forwarded-prefix': '/elsewhere' }
    const through = await request(`${urls.console}/services/firmware/`, { headers: forged })
    const hostile = { 'x-forwarded-host': `x'; rm -rf ~ #`, 'x-forwarded-prefix': `/'$(id)` }
    const direct = await request(`${urls.firmware}/`, { headers: hostile })

    t.notMatch(through.text, /elsewhere/)
    for (const part of ['rm -rf', '$(id)']) t.notOk(direct.text.includes(part), part)
  }
)

void t.test('GET / of the console names its health, its metrics and each method', async (t) => {
  const { urls } = await services(t)
  const { links } = (await request(`${urls.console}/`)).json as Index
  const offered = new Set(links.map(({ method, href }) => `${method} ${href}`))

  for (const href of ['/health', '/health/live', '/health/ready', '/metrics', '/docs/problems', '/v1/stories']) {
    t.ok(offered.has(`GET ${href}`), href)
    t.not((await request(urls.console + href)).status, 404)
  }
  t.ok(offered.has('POST /v1/runs'))
  t.ok(offered.has('DELETE /v1/machines/m1'))
  t.notOk(offered.has('GET /login'), 'nobody is asked for a token here')
})

void t.test('where a token is asked for, GET / of the console names the page that takes it', (t) => {
  t.ok(frontLinks('http://localhost', true).some(({ href }) => href === '/login'))
  t.end()
})

const ENDING: Readonly<Partial<Record<(typeof MODELLED_LAYERS)[number], readonly string[]>>> = {
  hardware: ['/v1/machines/m0/halts'],
  'host-kernel': ['/v1/machines/m0/halt'],
  vmm: ['/v1/machines/m0/host-down']
}

void t.test('what ends a machine stands last in GET /, behind what still needs one', async (t) => {
  const { urls } = await services(t)
  for (const [layer, ends] of Object.entries(ENDING)) {
    const { links } = (await request(`${urls[layer as 'hardware']}/`)).json as Index
    const hrefs = links.map(({ href }) => href)
    for (const end of ends) t.ok(hrefs.indexOf(end) > hrefs.indexOf('/docs/problems'), `${layer} ${end}`)
  }
})

void t.test(
  'the commands of the host kernel, followed in order, leave it running until those that end it',
  async (t) => {
    const { urls } = await services(t)
    const { links } = (await request(`${urls['host-kernel']}/`)).json as Index
    const until = links.findIndex(({ href }) => href === '/docs/problems')
    for (const { curl, href } of links.slice(0, until)) {
      if (href.includes('follow=true') || curl.includes('@FILE')) continue
      const { out } = await shell(curl)
      t.notMatch(out, /"code": ?"(machine|kernel)-panicked"/, curl)
    }
  }
)

void t.test(
  'a full disk that keeps a machine from being deleted is called that, and an unreachable layer that',
  async (t) => {
    const answers = (status: number, code?: string) =>
      foreign((_request, response) => void response.writeHead(status).end(JSON.stringify({ existed: true, code })))
    const gone = await answers(200)
    const full = await answers(507, 'storage-full')
    const refusing = await answers(409, 'state-conflict')
    t.teardown(() => [gone, full, refusing].forEach(({ close }) => close()))
    const deleting = async (hardware: string, policy: string) => {
      const urls = { ...Object.fromEntries(MODELLED_LAYERS.map((layer) => [layer, gone.url])), hardware, policy }
      const app = buildConsole({ urls, newMachine: () => 'm' })
      const { statusCode, body, headers } = await app.inject({ method: 'DELETE', url: '/v1/machines/m0' })
      await app.close()
      const { code, detail } = JSON.parse(body) as { code?: string; detail?: string }
      return { statusCode, code, detail, again: headers['retry-after'] }
    }

    t.match(await deleting(full.url, gone.url), {
      statusCode: 507,
      code: 'storage-full',
      detail: /hardware answers 507 storage-full/
    })
    t.match(await deleting(full.url, refusing.url), { statusCode: 502, code: 'neighbour-refused' })
    t.match(await deleting(full.url, 'http://127.0.0.1:1'), {
      statusCode: 503,
      code: 'neighbour-unreachable',
      again: '1'
    })
    t.match(await deleting(gone.url, gone.url), { statusCode: 200 })
  }
)

void t.test('a layer that is down is called that at the front door, with when to ask again', async (t) => {
  const urls = Object.fromEntries(MODELLED_LAYERS.map((layer) => [layer, 'http://127.0.0.1:1']))
  const app = buildConsole({ urls, newMachine: () => 'm' })
  t.teardown(() => app.close())

  const passed = await app.inject('/services/guest/v1/machines')
  t.match(passed.json(), {
    code: 'neighbour-unreachable',
    status: 503,
    detail: 'guest at http://127.0.0.1:1: connection refused'
  })
  for (const url of ['/services/guest/v1/machines', '/health', '/health/ready', '/v1/journal']) {
    const { statusCode, headers } = await app.inject(url)
    t.match({ statusCode, again: headers['retry-after'] }, { statusCode: 503, again: '1' }, url)
  }
})
