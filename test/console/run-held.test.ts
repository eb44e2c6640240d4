import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { request } from '../support/requests.ts'
import { services } from '../support/services.ts'

const STORY = { story: 'morse' }
/** Whoever does not take a message at once and once more has it given up. */
const patience = { absent: 1, failing: 1, busy: 1 }

/** A guest of someone else's, which fails on whatever message it gets and knows no other requests. */
async function failingGuest(t: Test) {
  const server = createServer((asked, response) => {
    asked.resume().on('end', () => response.writeHead(asked.headers['ce-type'] === undefined ? 404 : 500).end())
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

void t.test('a machine that a dead letter holds is named everywhere, and no other machine waits', async (t) => {
  const { urls, system } = await services(t, { patience })
  const kernel = urls['host-kernel']
  await request(`${kernel}/v1/machines/typo`, { method: 'PUT', body: {} })
  let letters = await system.deadLetters('typo')
  while (letters.length === 0) letters = await system.deadLetters('typo')
  const [{ id = '', type = '' } = {}] = letters

  const named = {
    machine: 'typo',
    layer: 'host-kernel',
    id,
    type,
    to: 'firmware',
    because: /no machine typo/,
    todo: new RegExp(`POST /v1/dead-letters/${id}/retry\\?machine=typo .*DELETE /v1/dead-letters/${id}\\?machine=typo`)
  }
  t.match((await request(`${kernel}/health`)).json, { status: 'ok', deadLetters: { count: 1, holding: [named] } })
  t.match((await request(`${kernel}/health/ready`)).json, { ready: true, deadLetters: { holding: [named] } })
  const letter = { count: 1, services: { 'host-kernel': 1 } }
  t.match((await request(`${urls.console}/health`)).json, { status: 'ok', deadLetters: letter, holding: [named] })
  t.match((await request(`${kernel}/metrics`)).text, /\nseabus_dead_letters_holding 1\n/)
  const held = await system.settle('typo').catch((error: unknown) => error)
  t.match(held, {
    problem: {
      code: 'dead-letter',
      detail: new RegExp(
        `typo is not settled.* host-kernel for dead-letter of ${type} by firmware \\(${id}, .*no machine typo.*POST`
      ),
      waits: [{ layer: 'host-kernel', for: 'dead-letter', id, holds: true }]
    }
  })
  await system.settle()
  t.match((await request(`${urls.console}/v1/runs`, { body: STORY })).json, { asExpected: true })

  await request(`${urls.firmware}/v1/machines/typo`, { method: 'PUT', body: {} })
  await request(`${urls.hardware}/v1/machines/typo`, { method: 'PUT', body: {} })
  for (const letter of letters) await system.retry(letter)
  await system.settle('typo')
  t.match((await request(`${kernel}/health`)).json, { deadLetters: { count: 0, holding: [] } })
})

void t.test('a run whose machine a dead letter holds ends at once, and its problem names the letter', async (t) => {
  const guest = await failingGuest(t)
  const { urls } = await services(t, { patience, replaced: { guest }, machines: [] })

  const run = await request(`${urls.console}/v1/runs`, { body: STORY })

  t.match(run.json, {
    status: 502,
    code: 'dead-letter',
    detail:
      /run-1 is not settled.*vmm for dead-letter of .* by guest .*POST \/v1\/dead-letters\/.*; the machine of this run is deleted/,
    waits: [{ layer: 'vmm', for: 'dead-letter', to: 'guest', holds: true }]
  })
  t.match((await request(`${urls.vmm}/v1/dead-letters`)).json, { count: 0 })

  const kept = await request(`${urls.console}/v1/runs`, { body: { ...STORY, machine: 'kept', keep: true } })

  t.match(kept.json, { code: 'dead-letter' })
  t.notMatch(kept.json, { detail: /is deleted/ })
  t.match((await request(`${urls.vmm}/v1/dead-letters?machine=kept`)).json, { letters: [{ kind: 'question' }] })
})
