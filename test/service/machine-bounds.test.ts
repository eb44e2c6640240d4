import t from 'tap'
import { buildLayer } from '../../services/build-layer.ts'
import { DEFAULT_LIMITS, limitsFromEnv } from '../../shared/service/limits.ts'
import { ask } from './http.ts'

const GUEST = { vcpus: 1, guestPhysical: '0x40000000', length: '0x4000000' }
const VM = '/v1/machines/m0/vms/vm0'

void t.test('one machine more than there may be is refused, until one is deleted', async (t) => {
  const app = buildLayer('firmware', { limits: { ...DEFAULT_LIMITS, machines: 2 } })
  t.teardown(() => app.close())
  const made = (name: string) => ask(app, 'PUT', `/v1/machines/${name}`)

  t.match(await made('m1'), { status: 201 })
  t.match(await made('m2'), {
    status: 409,
    json: { code: 'limit-reached', field: '/machine', detail: /2 machines.*SEABUS_MAX_MACHINES/ }
  })
  t.match(await made('m1'), { status: 200 }, 'one that is there is no further one')
  t.match((await ask(app, 'GET', '/v1/machines')).json, { machines: ['m0', 'm1'] })
  t.match(await ask(app, 'DELETE', '/v1/machines/m1'), { status: 200 })
  t.match(await made('m2'), { status: 201 })
})

void t.test(
  'guest memory that is written without end is refused at the bound, by name, and the rest goes on',
  async (t) => {
    const app = buildLayer('guest', {
      limits: { ...DEFAULT_LIMITS, rate: 0, stateBytes: 2 * 1024 * 1024 },
      machines: ['m0', 'm1']
    })
    t.teardown(() => app.close())
    t.match(await ask(app, 'PUT', VM, GUEST), { status: 200 })
    const at = (n: number) => `0x${(0x4000_0000 + n * 0x10000).toString(16)}`
    const bytes = Buffer.alloc(0x10000, 1)
    const write = (n: number) => ask(app, 'PUT', `${VM}/memory/${at(n)}`, { bytes: bytes.toString('base64') })
    const answers = []
    for (let n = 0; n < 100 && answers.at(-1)?.status !== 507; n++) answers.push(await write(n))

    const refused = answers.length - 1
    t.match(answers.at(-1), { status: 507, json: { code: 'machine-full', detail: /the state of m0 takes \d+ bytes/ } })
    t.ok(refused >= 20 && refused <= 60, `${refused} of 64 KiB were taken`)
    t.match(
      await ask(app, 'GET', `${VM}/memory/${at(refused)}?length=1`),
      { json: { bytes: 'AA==' } },
      'nothing changed'
    )
    t.match(await ask(app, 'GET', `${VM}/memory/${at(0)}?length=1`), { json: { bytes: 'AQ==' } })
    t.match(await ask(app, 'PUT', '/v1/machines/m1/vms/vm0', GUEST), { status: 200 }, 'another machine')
    const named = { full: [{ machine: 'm0', bytes: Number }] }
    t.match((await ask(app, 'GET', '/health')).json, { status: 'ok', ...named })
    t.match((await ask(app, 'GET', '/health/ready')).json, named)
    t.match((await ask(app, 'GET', '/metrics')).text, /^seabus_machines_full 1$/m)

    t.match(await ask(app, 'DELETE', VM), { status: 202 }, 'what frees something is taken')
    t.match(await ask(app, 'DELETE', '/v1/machines/m0'), { status: 200 })
    t.match(await ask(app, 'PUT', '/v1/machines/m0'), { status: 201 })
    t.match(await ask(app, 'PUT', VM, GUEST), { status: 200 })
  }
)

void t.test('both have their variables', (t) => {
  t.match(limitsFromEnv({ SEABUS_MAX_MACHINES: '3', SEABUS_MAX_STATE: '4' }), { machines: 3, stateBytes: 4 })
  t.match(limitsFromEnv({}), { machines: 10_000, stateBytes: 32 * 1024 * 1024 })
  t.throws(() => limitsFromEnv({ SEABUS_MAX_STATE: '0' }), /SEABUS_MAX_STATE must be at least 1/)
  t.end()
})
