import t from 'tap'
import { buildLayer } from '../../services/build-layer.ts'
import { addressesFromEnv } from '../../shared/service/environment.ts'
import { withAddresses } from '../../shared/service/given-address.ts'
import { ACCEPTS } from '../../shared/contracts/registry.ts'
import { ask, foreign, journalOf } from '../service/http.ts'
import { request } from '../support/requests.ts'
import { services } from '../support/services.ts'

const VMS = '/v1/machines/m0/vms'
const NEVER = [
  'http://169.254.169.254/latest/meta-data',
  'http://user:pw@127.0.0.1:8000',
  'http://0/',
  'http://[fe80::1]'
]

/** A VMM that has taken nothing in. */
function vmm(allow = '') {
  const app = buildLayer('vmm', {
    addresses: addressesFromEnv({ SEABUS_POLICY_ALLOW: allow }, ['http://127.0.0.1:7005'])
  })
  t.teardown(() => app.close())
  const taken = async () => (await journalOf(app)).filter(({ type }) => type.startsWith('vm.'))
  return { app, taken }
}

void t.test('a policy is not taken where none may be, whichever way its address comes', async (t) => {
  const { app, taken } = vmm()

  for (const policy of [...NEVER, 'http://203.0.113.9:8000']) {
    const refused = { status: 422, json: { code: 'address-refused', field: '/policy' } }
    t.match(await ask(app, 'POST', VMS, { vm: 'vm0', policy }), refused, policy)
    t.match(await ask(app, 'PUT', `${VMS}/vm0/policy`, { policy }), refused, policy)
    const event = {
      specversion: '1.0',
      id: 'e',
      source: '/x',
      type: 'vm.policy',
      subject: 'm0',
      data: { vm: 'vm0', policy }
    }
    const headers = { 'content-type': 'application/cloudevents+json' }
    t.match(await ask(app, 'POST', '/v1/events', event, headers), {
      status: 422,
      json: { code: 'address-refused', field: '/data/policy' }
    })
  }
  t.strictSame(await taken(), [])
})

void t.test('a list of other networks allows others', async (t) => {
  const { app } = vmm('203.0.113.0/24')

  const told = await ask(app, 'PUT', `${VMS}/vm0/policy`, { policy: 'http://203.0.113.9:8000' })
  t.match(told.json, { code: 'vm-unknown' }, 'the address was no hindrance')
  const local = await ask(app, 'PUT', `${VMS}/vm0/policy`, { policy: 'http://127.0.0.1:8000' })
  t.match(local, { status: 422, json: { code: 'address-refused' } })
})

void t.test('over a link, what can never be an address of a policy is refused as well', (t) => {
  const addresses = addressesFromEnv({}, [])
  const inbox = { parse: (_type: string, json: unknown) => ({ value: json }), accept: () => '' }
  const guarded = withAddresses(inbox, ACCEPTS.vmm, addresses)

  for (const policy of NEVER) {
    t.match(
      guarded.parse('vm.policy', { vm: 'vm0', policy }),
      { error: { code: 'field-invalid', field: '/policy' } },
      policy
    )
  }
  for (const policy of ['morse', 'http://127.0.0.1:8000']) {
    t.match(guarded.parse('vm.policy', { vm: 'vm0', policy }), { value: { policy } })
  }
  t.end()
})

void t.test('a list that cannot be read stops the start, in one line', (t) => {
  t.throws(() => addressesFromEnv({ SEABUS_POLICY_ALLOW: '10.0.0.0/99' }, []), { message: /is no network/ })
  t.throws(() => addressesFromEnv({ SEABUS_POLICY_ALLOW: 'http://a' }, []), {
    message: /SEABUS_POLICY_ALLOW: .*loopback/
  })
  t.end()
})

void t.test(
  'an address at which nobody is, is taken, and the answer says so; where somebody is, it says nothing',
  async (t) => {
    const { app, taken } = vmm()
    const policy = await foreign((_, response) => void response.end())
    t.teardown(() => policy.close())
    const { url } = await foreign(() => undefined).then(({ url, close }) => (close(), { url }))
    const unreachable = `${url}: connection refused`

    const refused = await ask(app, 'PUT', `${VMS}/vm9/policy`, { policy: url })
    t.match(refused, { status: 404, json: { code: 'vm-unknown' } })
    t.notOk('unreachable' in (refused.json as object))
    t.match(await ask(app, 'POST', VMS, { vm: 'vm0', policy: url }), { status: 202, json: { id: String, unreachable } })
    t.ok((await taken()).length > 0)
    t.notOk('unreachable' in ((await ask(app, 'POST', VMS, { vm: 'vm1', policy: policy.url })).json as object))

    const { urls } = await services(t)
    const created = await request(`${urls.vmm}${VMS}?wait=settled`, { body: { vm: 'vm0', policy: url } })
    t.match(created, { status: 200, json: { became: 'settled', unreachable } })
    const given = (to: string) => request(`${urls.vmm}${VMS}/vm0/policy`, { method: 'PUT', body: { policy: to } })
    t.strictSame((await given(url)).json, { unreachable })
    t.strictSame((await given(policy.url)).json, {})
    t.strictSame((await given('sei')).json, {})
  }
)
