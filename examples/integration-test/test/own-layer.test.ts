import assert from 'node:assert/strict'
import { test } from 'node:test'
import { on } from 'seabus'
import { apeiNotify, errorInject, policyDecide } from 'seabus/contracts'
import { start } from 'seabus/testing'

test('with hardware that makes every error synchronous, guest and hardware say the same', async (t) => {
  const hardware = [on(errorInject, (error, { shipped }) => shipped({ ...error, signalled: 'SEA' }))]
  const s = await start(t, { layers: { hardware } })

  await s.touch('redis')
  await s.inject({ task: 'redis', exception: 'SError' })
  await s.touch('redis')

  await s.expect({ tasks: { redis: 'killed' }, mismatches: [] })
})

test('a host kernel that loses notifications leaves its VMM in the dark', async (t) => {
  let lost = 0
  const hostKernel = [on(apeiNotify, () => void lost++)]
  const s = await start(t, { layers: { 'host-kernel': hostKernel } })

  await s.touch('redis')
  await s.inject('redis')
  await s.touch('redis')

  assert.equal(lost > 0, true)
  assert.deepEqual((await s.outcome()).signals, [])
})

test('a policy layer of our own answers whatever policy a VMM names', async (t) => {
  const policy = [
    on(policyDecide, ({ vm }, { answer }) => answer({ action: 'stop-vm', because: `${vm} is to be moved` }))
  ]
  const s = await start(t, { layers: { policy } })

  await s.touch('redis')
  await s.inject('redis')
  await s.touch('redis')

  await s.expect({ vm: 'stopped', cell: 'VM lost' })
})
