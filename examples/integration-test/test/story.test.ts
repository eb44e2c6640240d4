import assert from 'node:assert/strict'
import { test } from 'node:test'
import { entriesOf } from 'seabus'
import { signalDeliver } from 'seabus/contracts'
import { start } from 'seabus/testing'

test('an error that the guest consumes kills one task, and the guest lives', async (t) => {
  const s = await start(t)

  await s.touch('redis')
  await s.inject('redis')
  await s.touch('redis')

  const { tasks, guest } = await s.outcome()
  assert.equal(tasks.redis, 'killed')
  assert.equal(guest, 'running')
  assert.equal(await s.sentence(), 'redis was killed by BUS_MCEERR_AR; nginx, the guest and the host go on')
})

test('the VMM is told twice: of the error, and when its guest touches the page', async (t) => {
  const s = await start(t)

  await s.touch('redis')
  await s.inject('redis')
  const before = entriesOf(await s.journal(), signalDeliver)
  await s.touch('redis')
  const signals = entriesOf(await s.journal(), signalDeliver)

  assert.equal(before.length, 0)
  assert.deepEqual(
    signals.map(({ data }) => data.codeName),
    ['BUS_MCEERR_AO', 'BUS_MCEERR_AR']
  )
  assert.equal(signals[1]?.data.addressLsb, 12)
  await s.expect({ poisonedPages: { host: 1, guest: 1 }, never: ['host.panic'] })
})

test('an expectation that is not met says what differs and what happened', async (t) => {
  const s = await start(t, { policy: 'sei' })
  await s.touch('redis')
  await s.inject('redis')
  await s.touch('redis')

  await assert.rejects(s.expect({ guest: 'running', avoidablePanic: false }), {
    name: 'AssertionError',
    message:
      /expect\.guest: is panicked, not running[^]*the guest kernel panicked on an SError that it could have survived/
  })
})
