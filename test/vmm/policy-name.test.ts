import t from 'tap'
import { buildLayer } from '../../services/build-layer.ts'
import { ACCEPTS } from '../../shared/contracts/registry.ts'
import { POLICY_NAMES } from '../../shared/contracts/policy.ts'
import { addressesFromEnv } from '../../shared/service/environment.ts'
import { withAddresses } from '../../shared/service/given-address.ts'
import { ask, journalOf } from '../service/http.ts'
import { request } from '../support/requests.ts'
import { services } from '../support/services.ts'

const VMS = '/v1/machines/m0/vms'
const MISSPELT = { code: 'field-invalid', field: '/policy', detail: 'there is no policy mores; did you mean morse?' }

void t.test('a VMM refuses the name of a policy that there is not when it is set, and takes nothing in', async (t) => {
  const app = buildLayer('vmm')
  t.teardown(() => app.close())
  const envelope = { specversion: '1.0', id: 'e', source: '/x', subject: 'm0' }
  const headers = { 'content-type': 'application/cloudevents+json' }

  for (const [type, method, url] of [
    ['vm.create', 'POST', VMS],
    ['vm.policy', 'PUT', `${VMS}/vm0/policy`]
  ] as const) {
    const vm = type === 'vm.create' ? { vm: 'vm0' } : {}
    t.match(await ask(app, method, url, { ...vm, policy: 'mores' }), { status: 422, json: MISSPELT }, type)
    const event = { ...envelope, type, data: { vm: 'vm0', policy: 'mores' } }
    t.match(await ask(app, 'POST', '/v1/events', event, headers), {
      status: 422,
      json: { ...MISSPELT, field: '/data/policy' }
    })
  }
  const far = await ask(app, 'PUT', `${VMS}/vm0/policy`, { policy: 'toString' })
  t.match(far.json, { detail: /^there is no policy toString; known: morse, mirror, / })

  t.strictSame(
    (await journalOf(app)).filter(({ type }) => type.startsWith('vm.')),
    []
  )
})

void t.test('over a link likewise; every policy that there is may be named', (t) => {
  const inbox = { parse: (_type: string, json: unknown) => ({ value: json }), accept: () => '' }
  const guarded = withAddresses(inbox, ACCEPTS.vmm, addressesFromEnv({}, []))

  for (const type of ['vm.create', 'vm.policy']) {
    t.match(guarded.parse(type, { vm: 'vm0', policy: 'mores' }), { error: MISSPELT }, type)
    for (const policy of POLICY_NAMES) {
      t.match(guarded.parse(type, { vm: 'vm0', policy }), { value: { policy } }, `${type} ${policy}`)
    }
    t.match(guarded.parse(type, { vm: 'vm0' }), { value: { vm: 'vm0' } })
  }
  t.end()
})

void t.test('a run at the console is refused before anything of it is made', async (t) => {
  const { urls } = await services(t)
  const runs = `${urls.console}/v1/runs`
  const scenario = { seabus: 1, title: 't', steps: [{ touch: 'redis' }] }
  const refused = { status: 422, json: MISSPELT }

  t.match(await request(runs, { body: { story: 'morse', policy: 'mores' } }), refused)
  t.match(await request(runs, { body: { story: 'morse', policy: 'mores', wait: false } }), refused)
  t.match(await request(runs, { body: { scenario, policy: 'mores' } }), refused)
  const yaml = { body: JSON.stringify(scenario), headers: { 'content-type': 'application/yaml' } }
  t.match(await request(`${runs}?policy=mores`, yaml), refused)
  const within = { ...scenario, vms: [{ policy: 'mores' }] }
  t.match(await request(runs, { body: { scenario: within } }), { json: { detail: /did you mean morse\?/ } })

  t.match((await request(`${urls.vmm}/v1/machines`)).json, { machines: ['m0'] })
})
