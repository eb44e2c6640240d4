import t from 'tap'
import { apeiNotify, errorInject, exceptionTakeEl3, guestMemoryRead, signalDeliver } from '../../package/contracts.ts'
import { entriesOf, on, start, type Machine, type SystemOptions } from '../../package/seabus.ts'

async function story(layers: NonNullable<SystemOptions['layers']>): Promise<Machine> {
  const seabus = await start({ layers })
  const machine = await seabus.machine()
  await machine.touch('redis')
  await machine.inject('redis')
  await machine.touch('redis')
  return machine
}

void t.test('a handler that hands everything on changes nothing that happens', async (t) => {
  const plain = await story({})
  const handed = await story({
    hardware: [on(errorInject, (_, { shipped }) => shipped())],
    'host-kernel': [on(apeiNotify, (data, { shipped }) => shipped(data))],
    guest: [on(guestMemoryRead, (_, { shipped }) => shipped())]
  })

  t.same(await handed.journal(), await plain.journal())
})

void t.test('with other data the shipped layer does what those say', async (t) => {
  const machine = await story({
    hardware: [on(errorInject, (error, { shipped }) => shipped({ ...error, signalled: 'SEA' }))]
  })
  const [taken] = entriesOf(await machine.journal(), exceptionTakeEl3)

  t.equal(taken?.data.exception, 'SEA')
})

void t.test('a handler may do it all by itself, and send what it likes', async (t) => {
  const machine = await story({
    firmware: [on(exceptionTakeEl3, (_, { send }) => send(apeiNotify, { source: 3, notify: 'GSIV' }))]
  })
  const journal = await machine.journal()
  const [taken] = entriesOf(journal, exceptionTakeEl3)

  t.match(
    entriesOf(journal, apeiNotify).filter(({ id }) => id.includes('own')),
    [{ cause: taken?.id, from: 'firmware', data: { source: 3, notify: 'GSIV' } }]
  )
})

void t.test('what it sends is held against the contract', async (t) => {
  const wrong = { source: 3, notify: 'GSVI' } as never

  await t.rejects(story({ firmware: [on(exceptionTakeEl3, (_, { send }) => send(apeiNotify, wrong))] }), {
    message: /^the handler of exception\.take sends apei\.notify to host-kernel: \/notify must be one of /
  })
})

void t.test('a message that it swallows has no effect', async (t) => {
  const machine = await story({ 'host-kernel': [on(apeiNotify, () => undefined)] })

  t.same(entriesOf(await machine.journal(), signalDeliver), [])
  t.ok(entriesOf(await machine.journal(), apeiNotify).length > 0)
})

void t.test('it refuses as layers do, and whoever asked is told', async (t) => {
  const refuses = story({
    hardware: [on(errorInject, (_, { refuse }) => refuse('error-impossible', 'not on this machine', '/hostPhysical'))]
  })

  await t.rejects(refuses, { message: /hardware refused error\.inject: error-impossible: not on this machine/ })
})

void t.test('what it answers is held against the contract', async (t) => {
  const layers = { guest: [on(guestMemoryRead, () => undefined as never)] }
  const wrong = { guest: [on(guestMemoryRead, (_, { answer }) => answer({ bytes: 'AA' } as never))] }

  await t.rejects(story(wrong), { message: /the handler of memory\.read answers: / })
  await t.rejects(story(layers), {
    message: /the handler of memory\.read gives neither an answer nor what `shipped` gives/
  })
})

void t.test(
  'a message of another layer, two handlers of one, and a layer at an address are refused at once',
  async (t) => {
    const handler = on(apeiNotify, () => undefined)

    await t.rejects(start({ layers: { guest: [handler] } }), {
      message: 'apei.notify is a message to host-kernel, not to guest'
    })
    await t.rejects(start({ layers: { 'host-kernel': [handler, handler] } }), { message: /two handlers/ })
    await t.rejects(start({ layers: { guest: 'http://127.0.0.1:1' as never } }), {
      message: /use serve\(\{ layers \}\)/
    })
  }
)

void t.test("an asynchronous one is refused: what it does later would be in nobody's order", async (t) => {
  await t.rejects(story({ 'host-kernel': [on(apeiNotify, (async () => undefined) as never)] }), {
    message: 'the handler of apei.notify may not be asynchronous'
  })
})
