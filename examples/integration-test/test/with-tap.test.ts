import t from 'tap'
import { runScenario, start } from 'seabus/testing'
import { decide } from '../policy.ts'

void t.test('with tap a machine is gone with its test too', async (t) => {
  const s = await start(t, { policy: decide })

  await s.touch('redis')
  await s.inject('redis')
  await s.touch('redis')

  t.match(await s.outcome(), { guest: 'running', tasks: { redis: 'killed' } })
})

void t.test('and so is what a scenario ran on', async (t) => {
  const run = await runScenario(t, new URL('../scenarios/two-tasks.yaml', import.meta.url), { policy: decide })

  t.equal(run.sentence, 'redis was killed by BUS_MCEERR_AR; nginx, the guest and the host go on')
})
