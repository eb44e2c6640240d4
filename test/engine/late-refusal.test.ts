import t from 'tap'
import { dispatch, on } from '../../shared/model/dispatch.ts'
import { isRefused } from '../../shared/model/io.ts'
import { procedure } from '../../shared/model/procedure.ts'
import { MachineRoom } from '../../shared/machine-room/in-process.ts'
import { sqliteStore } from '../../shared/engine/store-sqlite.ts'
import { ask, journalOf } from '../service/http.ts'
import { listening, modelService, policyService, transportOf } from '../service/ping-service.ts'
import { add, double, PING_ACCEPTS, policyModel, slot, twice } from '../support/ping.ts'

/** Refuses a question by what the policy says to one of its own; counts what else it is told. */
const asking = procedure<bigint>(
  'vmm',
  () => 0n,
  dispatch<bigint, 'vmm'>(
    'vmm',
    [
      on(add, (total, { value }) => total + value),
      on(slot, (total) => total),
      on(double, (total, { value }, io) => {
        const told = io.ask(twice, { value })
        if (isRefused(told))
          return io.refuse('error-impossible', `nothing is twice ${value}: ${told.refused.detail}`, '/value')
        return [io.answer({ value: told.value }), total]
      })
    ],
    (PING_ACCEPTS.vmm ?? []).filter(({ type }) => type !== 'timer.start')
  )
)

/** The same policy, which tells the asker something else before it answers. */
const talkative = procedure<number>(
  'policy',
  () => 0,
  dispatch<number, 'policy'>(
    'policy',
    [
      on(twice, (count, { value }, io) => {
        io.send(add, { name: 'meanwhile', value: 1n })
        return [io.answer({ value: value * 2n }), count + 1]
      })
    ],
    PING_ACCEPTS.policy
  )
)

/** Refuses once it was told that thirteen is twenty-six. */
const choosy = procedure<bigint>(
  'vmm',
  () => 0n,
  dispatch<bigint, 'vmm'>(
    'vmm',
    [
      on(add, (total, { value }) => total + value),
      on(double, (total, { value }, io) => {
        const told = io.ask(twice, { value })
        if (!isRefused(told) && told.value === 26n) io.refuse('error-impossible', 'not that one')
        return [io.answer(told), total]
      })
    ],
    [add, double]
  )
)

void t.test(
  'a question that is refused by what it asks in turn is refused to its sender, whose next one is taken',
  (t) => {
    for (const live of [true, false]) {
      const room = new MachineRoom([asking, policyModel], { accepts: PING_ACCEPTS, live })

      t.throws(() => room.ask('m0', double, { value: 13n }), /error-impossible/)
      t.match(room.ask('m0', double, { value: 2n }), { value: 4n })

      t.match(
        room.journal().filter(({ kind, layer }) => kind === 'refusal' && layer === 'vmm'),
        [{ type: 'number.double', data: { code: 'error-impossible', field: '/value' } }]
      )
    }
    t.end()
  }
)

void t.test('what came in meanwhile is not lost with it', (t) => {
  for (const live of [true, false]) {
    const room = new MachineRoom([choosy, talkative], { accepts: { ...PING_ACCEPTS, vmm: [add, double] }, live })

    t.throws(() => room.ask('m0', double, { value: 13n }), /error-impossible/)
    room.settle()

    t.match(room.state('vmm'), { inner: 1n, running: undefined, queue: [] })
  }
  t.end()
})

void t.test('over HTTP the refusal is a problem, and so it is for a repeat after a restart', async (t) => {
  const directory = t.testdir()
  const policy = policyService()
  t.teardown(() => policy.close())
  const transport = transportOf('vmm', { policy: await listening(policy) })
  const start = () => modelService(asking, { transport, store: sqliteStore(directory, 'vmm') })
  const key = { 'idempotency-key': 'late' }
  const wanted = { status: 422, json: { code: 'error-impossible', field: '/value' } }

  const first = start()
  t.match(await ask(first, 'POST', '/v1/machines/m0/doubles', { value: '0xd' }, key), wanted)
  t.match(await ask(first, 'POST', '/v1/machines/m0/doubles', { value: '0x2' }), { status: 200 })
  const before = await journalOf(first)
  await first.close()

  const second = start()
  t.teardown(() => second.close())
  t.match(await ask(second, 'POST', '/v1/machines/m0/doubles', { value: '0xd' }, key), wanted)
  t.strictSame(await journalOf(second), before)
})
