import t, { type Test } from 'tap'
import { errorInject, type Decision } from '../../package/contracts.ts'
import { connect, on, serve, shippedScenarios } from '../../package/seabus.ts'
import { runScenario, start } from '../../package/testing.ts'

const STORY = shippedScenarios().get('01-story') as URL
const seabus = await serve()
t.teardown(() => seabus.stop())
const always = (): Decision => ({ action: 'stop-vm', because: 'as ever' })

void t.test('services of this process end the story as one process does, and a policy may be a function', async (t) => {
  const own = await seabus.run(STORY)
  const stopped = await seabus.run(STORY, { policy: always })

  t.equal(own.asExpected, true, own.failures.map(({ says }) => says).join('\n'))
  t.equal(stopped.outcome.vm, 'stopped')
  t.same(stopped.changed, ['policy a function in place of morse'])
  t.not(own.machine, stopped.machine)
})

void t.test('what a policy throws ends that run alone', async (t) => {
  const own = new Error('not yet written')
  const fails = () => {
    throw own
  }

  await t.rejects(seabus.run(STORY, { policy: fails }), own)
  t.equal((await seabus.run(STORY)).asExpected, true)
})

void t.test('a layer that is handled by functions is served so', async (t) => {
  const hardware = [on(errorInject, (error, { shipped }) => shipped({ ...error, signalled: 'SEA' }))]
  const seabus = await serve({ layers: { hardware } })
  t.teardown(() => seabus.stop())

  const { outcome } = await seabus.run(STORY)

  t.same(outcome.mismatches, [])
})

void t.test('a system that runs already is used by its console, and left as it was', async (t) => {
  const connected = await connect(seabus.urls.console)

  const machine = await connected.machine()
  await machine.touch('redis')
  const before = await statusOf(seabus.urls.hardware, machine.name)
  await connected.stop()

  t.same([before, await statusOf(seabus.urls.hardware, machine.name)], [200, 404])
})

void t.test('a test uses it by the same words', async (t) => {
  const machine = await inTest(t, async (t) => {
    const s = await start(t, { at: seabus.urls.console, policy: always })
    await s.touch('redis')
    await s.inject('redis')
    await s.touch('redis')
    await s.expect({ vm: 'stopped' })
    return s.name
  })

  t.equal(await statusOf(seabus.urls.hardware, machine), 404, 'its machine is gone with it')
  await t.rejects(start(t, { at: seabus.urls.console, layers: {} }), { message: /leave out `at` or `layers`/ })
})

void t.test('a layer that is elsewhere is not served again', async (t) => {
  const elsewhere = seabus.urls.policy
  const others = await serve({ layers: { policy: elsewhere } })
  t.teardown(() => others.stop())

  t.equal(others.urls.policy, elsewhere)
  t.not(others.urls.vmm, seabus.urls.vmm)
})

void t.test('ports follow that of the console, and one that is taken is told', async (t) => {
  const taken = Number(new URL(seabus.urls.hardware).port)

  await t.rejects(serve({ port: taken - 1 }), { code: 'EADDRINUSE', port: taken })
})

void t.test('a scenario that does not end as its file expects fails its test, whatever was changed', async (t) => {
  await t.rejects(runScenario(t, STORY, { policy: 'sei' }), {
    name: 'AssertionError',
    message: /^not as expected:\n {2}expect\.cell: is avoidable panic, not process killed/
  })
  await t.rejects(runScenario(t, { seabus: 1, title: 'nothing', steps: [{ touch: 'redis' }] }), {
    name: 'AssertionError'
  })
  t.equal((await runScenario(t, STORY, { policy: 'morse' })).asExpected, true)
})

async function statusOf(url: string, machine: string): Promise<number> {
  const response = await fetch(`${url}/v1/machines/${machine}/hardware`)
  await response.text()
  return response.status
}

/** Runs a test of its own, and what it said is to be done after it. */
async function inTest<T>(t: Test, run: (t: { teardown(close: () => Promise<void>): void }) => Promise<T>): Promise<T> {
  const closes: (() => Promise<void>)[] = []
  const done = await run({ teardown: (close) => void closes.push(close) })
  for (const close of closes) await close()
  t.ok(closes.length > 0)
  return done
}
