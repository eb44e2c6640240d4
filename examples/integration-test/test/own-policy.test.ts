import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { test, type TestContext } from 'node:test'
import { shippedScenarios } from 'seabus'
import { fromJson, policyDecide, type Decision, type Question } from 'seabus/contracts'
import { runScenario, start } from 'seabus/testing'
import { decide } from '../policy.ts'

const OURS = new URL('../scenarios/two-tasks.yaml', import.meta.url)

test('our policy, as a function, ends our scenario as it must', async (t) => {
  const asked: Question[] = []
  const policy = (question: Question) => {
    asked.push(question)
    return decide(question)
  }

  const run = await runScenario(t, OURS, { policy })

  assert.equal(run.verdict, 'process killed')
  assert.deepEqual(run.changed, ['policy a function in place of morse'])
  assert.equal(asked.at(-1)?.guest.guestPhysical, 0x4000_1000n)
})

test('our policy, as a service, decides the same', async (t) => {
  const { url, questions } = await serve(t, decide)

  const run = await runScenario(t, OURS, { policy: url })

  assert.equal(run.outcome.tasks.redis, 'killed')
  assert.equal(questions.at(-1)?.signal.code, 'BUS_MCEERR_AR')
})

test('it keeps every VMM that asks it alive in the story, on each kernel', async (t) => {
  const story = shippedScenarios().get('01-story') as URL
  for (const linux of ['6.1', '6.12', '7.3']) {
    const s = await start(t, { policy: decide, linux })
    await s.touch('redis')
    await s.inject('redis')
    await s.touch('redis')
    await s.expect({ vm: 'running', tasks: { redis: 'killed' }, avoidablePanic: false })
  }
  assert.equal((await runScenario(t, story)).asExpected, true)
})

/** A policy service: any language, any framework. */
async function serve(t: TestContext, policy: (question: Question) => Decision) {
  const questions: Question[] = []
  const server = createServer(async (request, response) => {
    const question = fromJson(policyDecide, await json(request))
    questions.push(question)
    response.setHeader('content-type', 'application/json').end(JSON.stringify(policy(question)))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.closeAllConnections())
  t.after(() => server.close())
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, questions }
}
