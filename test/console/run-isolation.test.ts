import { createServer, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { request } from '../support/requests.ts'
import { services } from '../support/services.ts'

/** A policy that lets its first questions wait until it is told to answer, and answers the later ones. */
async function hangingPolicy(t: Test) {
  const waiting: ServerResponse[] = []
  let hangs = true
  let asked: () => void = () => undefined
  const isAsked = new Promise<void>((resolve) => (asked = resolve))
  const answer = (response: ServerResponse) =>
    response.setHeader('content-type', 'application/json').end('{ "action": "ignore", "because": "at last" }')
  const server = createServer((question, response) => {
    if (question.url?.endsWith('/decisions') !== true) return response.writeHead(404).end()
    question.resume().on('end', () => {
      if (!hangs) return answer(response)
      waiting.push(response)
      return asked()
    })
    return undefined
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, isAsked, answerFromNowOn: () => void (hangs = false) }
}

const STORY = { story: 'morse' }

void t.test('a machine that only one service knows hangs no run', async (t) => {
  const { urls } = await services(t)
  const { status } = await request(`${urls['host-kernel']}/v1/machines/typo`, { method: 'PUT', body: {} })
  t.equal(status, 201)

  const run = await request(`${urls.console}/v1/runs`, { body: STORY })

  t.match(run.json, { asExpected: true }, run.text)
  const typo = await request(`${urls['host-kernel']}/v1/quiescence?machine=typo`)
  t.match(typo.json, {
    waitingAsks: 1,
    waits: [{ machine: 'typo', layer: 'host-kernel', for: 'answer', to: 'firmware' }]
  })
  const nobody = await request(`${urls['host-kernel']}/v1/quiescence?machine=nobody`)
  t.match(nobody.json, { status: 404, code: 'machine-unknown' })
  const wrong = await request(`${urls['host-kernel']}/v1/quiescence?machin=m0`)
  t.match(wrong.json, { status: 422, code: 'field-unknown', field: '/machin' })
})

void t.test('a run whose policy hangs holds up no other, and ends with its client', async (t) => {
  const policy = await hangingPolicy(t)
  const { urls } = await services(t, { replaced: { policy: policy.url }, limits: { maxRuns: 1 } })
  const client = new AbortController()
  const hung = fetch(`${urls.console}/v1/runs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...STORY, machine: 'hung' }),
    signal: client.signal
  })
  await policy.isAsked
  policy.answerFromNowOn()

  const refused = await request(`${urls.console}/v1/runs`, { body: STORY })
  t.match(refused.json, { status: 429, code: 'too-many', detail: /1 runs are under way/ })
  t.equal(refused.headers.get('retry-after'), '1')
  client.abort()
  await t.rejects(hung, { name: 'AbortError' })

  // That its client is gone takes the console a moment to hear.
  let run = await request(`${urls.console}/v1/runs`, { body: STORY })
  while (run.status === 429) run = await request(`${urls.console}/v1/runs`, { body: STORY })
  t.match(run.json, { outcome: { host: 'running' } }, run.text)
  const waits = await request(`${urls.vmm}/v1/quiescence?machine=hung`)
  t.match(waits.json, { waitingAsks: 1, waits: [{ for: 'answer', type: 'policy.decide', to: 'policy' }] }, waits.text)
})

void t.test('a run that is not over in its time ends with 504, and says what it waits for', async (t) => {
  const policy = await hangingPolicy(t)
  const { urls } = await services(t, { replaced: { policy: policy.url }, limits: { runMs: 1 } })

  const run = await request(`${urls.console}/v1/runs`, { body: { ...STORY, machine: 'm1' } })

  t.match(run.json, { status: 504, code: 'answer-late', detail: /the run on m1 was not over after 0.001 s/ })
  t.ok(Array.isArray((run.json as { waits: unknown }).waits))
})
