import t from 'tap'
import { runScenario, shippedScenarios, start, type Scenario } from '../../package/seabus.ts'
import type { Decision, Question } from '../../package/contracts.ts'
import { runInProcess } from '../../cli/scenario/in-process.ts'
import { readScenarioFile } from '../../cli/scenario/run-file.ts'

const STORY = shippedScenarios().get('01-story') as URL
const sea = ({ vcpu }: Question): Decision =>
  vcpu === undefined ? { action: 'ignore', because: 'not yet' } : { action: 'inject-sea', because: 'it waits' }

void t.test('a shipped scenario ends as the command line says, with the same journal', async (t) => {
  const read = readScenarioFile(STORY.pathname)
  if (read.errors !== undefined) return t.fail('it has mistakes')
  const expected = await runInProcess(read.scenario)

  const run = await runScenario(STORY)

  t.equal(run.asExpected, true)
  t.same(run.journal, expected.journal)
  t.same(run.outcome, expected.outcome)
  t.match(run.text(), /redis was killed by BUS_MCEERR_AR[^]*as expected/)
})

void t.test('a file, a text and a value are the same scenario', async (t) => {
  const value: Scenario = {
    seabus: 1,
    title: 'a page by its address',
    steps: [{ touch: 'redis' }, { poison: { hostPhysical: 0x7bf1_5000n } }],
    expect: { host: 'running' }
  }
  const text = `seabus: 1
title: a page by its address
steps: [{ touch: redis }, { poison: { hostPhysical: 0x7bf15000 } }]
expect: { host: running }
`
  const ofValue = await runScenario(value)
  const ofText = await runScenario(text)

  t.equal(ofValue.asExpected, true)
  t.same(ofText.journal, ofValue.journal)
  t.same((await runScenario(STORY.pathname)).outcome, (await runScenario(STORY)).outcome)
})

void t.test('mistakes are all told, where they are', async (t) => {
  const wrong = 'seabus: 1\ntitle: t\nsteps: [{ touhc: redis }]\nexpects: 1\n'
  await t.rejects(runScenario(wrong), {
    name: 'ScenarioMistakes',
    message: /scenario:3:11: steps\[0\]: unknown key touhc; did you mean touch\?\nscenario:4:1: unknown key expects/
  })
  const s = await start()
  const machine = await s.machine()
  await t.rejects(machine.step({ poison: { task: 'redsi' } }), {
    name: 'ScenarioMistakes',
    message: /^poison\.task: [^]*redis/
  })
  await t.rejects(s.machine({ vms: [{ profile: 'qemu' }] }), { name: 'ScenarioMistakes' })
  await s.stop()
})

void t.test('a policy that is a function is asked with addresses as numbers, and its answer is done', async (t) => {
  const asked: Question[] = []
  const run = await runScenario(STORY, {
    policy: (question) => {
      asked.push(question)
      return sea(question)
    }
  })

  t.equal(run.asExpected, true)
  t.same(run.changed, ['policy a function in place of morse'])
  t.equal(asked.length, 2)
  t.equal(asked[1]?.guest.guestPhysical, 0x4000_1000n)
  t.equal(run.outcome.tasks['redis'], 'killed')
})

void t.test('one that answers later is waited for, and time stands still meanwhile', async (t) => {
  const later = async (question: Question) => Promise.resolve(sea(question))
  const now = await runScenario(STORY, { policy: sea })
  const then = await runScenario(STORY, { policy: later })

  t.same(then.journal, now.journal)
})

void t.test('what a policy does wrong is the error of the run, and never a fallback', async (t) => {
  const wrong = { action: 'inject-see', because: 'a typing error' } as unknown as Decision
  const own = new Error('not yet written')
  const fails = () => {
    throw own
  }

  await t.rejects(runScenario(STORY, { policy: () => wrong }), {
    message: /the policy gave no decision: \/action must be one of inject-sea, /
  })
  await t.rejects(runScenario(STORY, { policy: () => undefined as unknown as Decision }), { message: /no decision/ })
  await t.rejects(runScenario(STORY, { policy: fails }), own)
  await t.rejects(runScenario(STORY, { policy: () => Promise.reject(own) }), own)
})

void t.test('a policy service that is not there ends the run with its address', async (t) => {
  await t.rejects(runScenario(STORY, { policy: 'http://127.0.0.1:1' }), {
    message: /http:\/\/127\.0\.0\.1:1: connection refused/
  })
})

void t.test('things happen to a machine one after the other', async (t) => {
  const s = await start({ policy: 'sei' })
  const machine = await s.machine()

  await machine.touch('redis')
  t.equal((await machine.outcome()).host, 'running')
  await machine.inject('redis')
  await machine.touch('redis')

  t.equal((await machine.outcome()).guest, 'panicked')
  t.match(await machine.sentence(), 'could have survived')
  t.ok((await machine.story()).length > 10)
  await t.rejects(machine.expect({ guest: 'running' }), {
    name: 'AssertionError',
    message: /expect\.guest: is panicked, not running\n[^]*what happened: the guest kernel panicked/,
    actual: { guest: 'panicked' },
    expected: { guest: 'running' }
  })
  await t.rejects(machine.expect({ tasks: { rediss: 'killed' } }), { message: /did you mean redis\?/ })
  await s.stop()
})
