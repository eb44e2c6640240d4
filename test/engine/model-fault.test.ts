import t from 'tap'
import { procedure } from '../../shared/model/procedure.ts'
import { buildService } from '../../shared/service/service.ts'
import { ask } from '../service/http.ts'
import { listening, policyService, transportOf } from '../service/ping-service.ts'
import { double, PING_TYPES, twice } from '../support/ping.ts'

const M = '/v1/machines/m0'

void t.test('a handler that diverges stops its machine loudly, and no other', async (t) => {
  let runs = 0
  const model = procedure<null>(
    'vmm',
    () => null,
    (state, input, io) => {
      if (input.type !== 'number.double') return state
      const { value } = input.data as { value: bigint }
      io.ask(twice, { value: value === 1n ? BigInt(++runs) : value })
      io.answer({ value })
      return state
    }
  )
  const policy = policyService({ machines: ['m0', 'm1'] })
  const url = await listening(policy)
  const transport = transportOf('vmm', { policy: url })
  const app = buildService({ model, accepts: [double], sends: PING_TYPES, machines: ['m0', 'm1'], transport })
  t.teardown(() => Promise.all([app.close(), policy.close()]))
  const told = Promise.withResolvers<string>()
  t.intercept(console, 'error', { value: (...said: unknown[]) => told.resolve(said.join(' ')) })

  const diverges = ask(app, 'POST', `${M}/doubles`, { value: '0x1' })
  t.match(await told.promise, /was run again and differs in its effect 1: before .*"0x1".*now .*"0x2"/s)

  t.match(await ask(app, 'POST', `${M}/doubles`, { value: '0x3' }), {
    status: 500,
    json: { code: 'model-fault', detail: /was run again/ }
  })
  t.match(await ask(app, 'GET', '/health'), {
    status: 503,
    json: { status: 'model-fault', faults: [{ machine: 'm0', fault: /was run again/ }] }
  })
  t.match(await ask(app, 'POST', '/v1/machines/m1/doubles', { value: '0x3' }), { status: 200, json: { value: '0x3' } })
  t.match(await diverges, { status: 500, json: { code: 'model-fault' } }, 'whoever waited is told')
})
