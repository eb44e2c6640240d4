import t from 'tap'
import { atConsole } from '../../cli/scenario/at-console.ts'
import { readStory } from '../../services/console/stories.ts'
import { authorization, fetchWith } from '../../shared/transport/authorization.ts'
import { foreign } from '../service/http.ts'
import { handshake, helloTo } from '../service/browser.ts'
import { request } from '../support/requests.ts'
import { services } from '../support/services.ts'

const TOKEN = 'open-sesame-42'
const headers = authorization(TOKEN)

for (const over of ['links', 'posts'] as const) {
  void t.test(
    `services that ask for a token tell the story over ${over}, and the console merges what they say`,
    async (t) => {
      const { urls } = await services(t, { over, token: TOKEN })

      const told = await request(`${urls.console}/v1/runs`, { headers, body: { story: 'morse' } })
      t.match(told, { status: 200, json: { asExpected: true } })
      const { machine } = told.json as { machine: string }
      const journal = await request(`${urls.console}/v1/journal?machine=${machine}`, { headers })
      t.match(journal.text, /signal\.deliver/)
      t.match((await request(`${urls.console}/health`)).json, { status: 'ok' }, 'the console looks after itself')
      t.match(await request(`${urls.console}/v1/runs`, { body: { story: 'morse' } }), { status: 401 })
    }
  )
}

void t.test('the front door shows the token to the services, and not what its visitors showed', async (t) => {
  const seen: unknown[] = []
  const vmm = await foreign(({ headers, url }, response) => {
    if (url?.startsWith('/mine') === true) seen.push([headers.authorization, headers.cookie, headers.origin])
    response.writeHead(404).end()
  })
  t.teardown(vmm.close)
  const { urls } = await services(t, { token: TOKEN, machines: [], replaced: { vmm: vmm.url } })

  await request(`${urls.console}/services/vmm/mine`, { headers: { ...headers, cookie: 'seabus-session=x; a=b' } })
  t.strictSame(seen, [[`Bearer ${TOKEN}`, undefined, undefined]])
  t.match(await request(`${urls.console}/services/vmm/mine`), { status: 401 })
  t.equal(seen.length, 1)
})

void t.test('what became of a message is asked of all layers, with the token', async (t) => {
  const { urls } = await services(t, { token: TOKEN })
  const body = {
    kind: 'memory',
    hostPhysical: '0x48001000',
    signalled: 'SEA',
    containment: 'UER',
    severity: 'recoverable'
  }

  const told = await request(`${urls.hardware}/v1/machines/m0/errors?wait=settled`, { headers, body })

  t.match(told, { status: 200, json: { became: 'settled', silent: [] } })
})

void t.test('a policy whose URL came with a run is shown no token', async (t) => {
  const seen: unknown[] = []
  const policy = await foreign(({ headers }, response) => {
    seen.push(headers.authorization)
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"action":"ignore","because":"as ever"}')
  })
  t.teardown(policy.close)
  const { urls } = await services(t, { token: TOKEN })

  await request(`${urls.console}/v1/runs`, { headers, body: { story: 'morse', policy: policy.url } })

  t.not(seen.length, 0)
  t.strictSame(new Set(seen), new Set([undefined]))
})

void t.test('the command line shows SEABUS_TOKEN to the console, and says what is wrong without', async (t) => {
  const { urls } = await services(t, { token: TOKEN })
  let runs = 0
  const run = () => atConsole(urls.console, { newMachine: () => `cli-${++runs}` })(readStory('morse'), {})
  t.teardown(() => delete process.env['SEABUS_TOKEN'])

  delete process.env['SEABUS_TOKEN']
  await t.rejects(run(), { message: /token-missing.*SEABUS_TOKEN/ })
  process.env['SEABUS_TOKEN'] = TOKEN
  t.match(await run(), { failures: [] })
})

void t.test('a stranger opens no link', async (t) => {
  const { urls } = await services(t, { token: TOKEN, machines: [] })

  for (const layer of ['hardware', 'firmware', 'host-kernel', 'vmm', 'policy', 'guest'] as const) {
    t.match(await handshake(`${urls[layer]}/v1/link`), { status: 401 }, layer)
    const shown = headers as Record<string, string>
    t.match(await handshake(`${urls[layer]}/v1/link`, shown), { status: 409 }, `${layer}, without a hello`)
    t.equal(await handshake(`${urls[layer]}/v1/link`, { ...shown, ...helloTo(layer) }), 'open', layer)
  }
  t.equal((await fetchWith(TOKEN)(`${urls.hardware}/v1/machines`)).status, 200)
})
