import t from 'tap'
import { buildLayer } from '../../services/build-layer.ts'
import { MODELLED_LAYERS } from '../../shared/contracts/layer.ts'
import { foreign } from '../service/http.ts'
import { request } from '../support/requests.ts'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { services } from '../support/services.ts'

const { urls } = await services(t)
const at = (path: string, options: Parameters<typeof request>[1] = {}) => request(`${urls.console}${path}`, options)
const each = (said: string) => Object.fromEntries(MODELLED_LAYERS.map((layer) => [layer, said]))

void t.test('a machine is made and deleted in every service by one call', async (t) => {
  const made = await at('/v1/machines/mine', { method: 'PUT' })
  t.match(made, { status: 201, json: { machine: 'mine', services: each('made') } })
  for (const layer of MODELLED_LAYERS) t.equal((await request(`${urls[layer]}/v1/machines/mine`)).status, 200, layer)

  const again = await at('/v1/machines/mine', { method: 'PUT' })
  t.match(again, { status: 200, json: { services: each('had it already') } })

  t.match((await at('/v1/machines/mine', { method: 'DELETE' })).json, { services: each('deleted') })
  for (const layer of MODELLED_LAYERS) t.equal((await request(`${urls[layer]}/v1/machines/mine`)).status, 404, layer)
})

void t.test('a machine that was made in part is made whole', async (t) => {
  await request(`${urls.hardware}/v1/machines/part`, { method: 'PUT' })

  const { status, json } = await at('/v1/machines/part', { method: 'PUT' })

  t.equal(status, 201)
  t.match(json, { services: { ...each('made'), hardware: 'had it already' } })
})

void t.test('a name that no machine can have, and a body that says something, are refused', async (t) => {
  t.match((await at('/v1/machines/Mine', { method: 'PUT' })).json, {
    status: 422,
    code: 'field-invalid',
    field: '/machine'
  })
  t.match((await at('/v1/machines/mine', { method: 'PUT', body: { linux: '6.1' } })).json, { code: 'field-unknown' })
})

void t.test('a service that is not there is named, and the call can be repeated', async (t) => {
  const { urls: others } = await services(t, { replaced: { policy: 'http://127.0.0.1:9' }, machines: [] })
  const { json } = await request(`${others.console}/v1/machines/mine`, { method: 'PUT' })
  t.match(json, { status: 503, code: 'neighbour-unreachable', detail: /^policy cannot be reached/ })
})

void t.test('a VM is deleted through the console', async (t) => {
  const vms = '/services/vmm/v1/machines/m0/vms'
  t.equal((await at(`${vms}?wait=settled`, { body: { vm: 'vm7' } })).status, 200)
  t.equal((await at(`${vms}/vm7`)).status, 200)

  const gone = await at(`${vms}/vm7?wait=settled`, { method: 'DELETE' })

  t.equal(gone.status, 200, gone.text)
  t.match((await at(`${vms}/vm7`)).json, { status: 404, code: 'vm-unknown' })
  const kvm = await request(`${urls['host-kernel']}/v1/machines/m0/vms/vm7`)
  t.equal(kvm.status, 404, kvm.text)
})

void t.test('what became of a message that was accepted is asked of the console by its id alone', async (t) => {
  const sent = await at('/services/vmm/v1/machines/m0/vms', { body: { vm: 'vm1' } })
  const { id } = sent.json as { id: string }
  t.equal(sent.status, 202)

  const { json } = await at(`/v1/messages/${encodeURIComponent(id)}?wait=settled`)

  t.match(json, { id, became: 'settled', refused: [] })
  t.match((await at(`/v1/messages/${encodeURIComponent(id)}?machine=m0`)).json, { id, became: 'settled' })
  t.match((await at(`/v1/messages/${encodeURIComponent(id)}?machine=m1`)).json, { code: 'machine-unknown' })
  t.match((await at('/v1/messages/nobody-knows-it')).json, { status: 404, code: 'message-unknown' })
  t.match((await at('/v1/messages/a%20b')).json, { status: 422, field: '/id' })
})

void t.test('two machines with a message of one id are told apart', async (t) => {
  await at('/v1/machines/m2', { method: 'PUT' })
  const headers = { 'idempotency-key': 'the-same' }
  for (const machine of ['m0', 'm2']) {
    const { status } = await at(`/services/vmm/v1/machines/${machine}/vms`, { body: { vm: 'vm3' }, headers })
    t.equal(status, 202)
  }

  t.match((await at('/v1/messages/the-same')).json, { status: 422, code: 'field-missing', field: '/machine' })
  t.match((await at('/v1/messages/the-same?machine=m2&wait=settled')).json, { id: 'the-same', became: 'settled' })
})

void t.test('the policies and profiles that the services have are listed', async (t) => {
  const { json } = await at('/v1/policies')
  const { policies } = json as { policies: readonly { name: string }[] }
  t.match(
    policies.find(({ name }) => name === 'morse'),
    { summary: /./, isDefault: true }
  )
  t.match((await at('/v1/profiles')).json, {
    vmm: { profiles: [{ name: 'reference', asks: 'policy' }, { name: 'qemu-10.0' }] },
    linux: { default: '6.1', versions: ['6.1', '6.1.192'] }
  })
})

void t.test('the profile that VMs have when nobody says another is that of the VMM that is there', async (t) => {
  const vmm = buildLayer('vmm', { machines: [], defaults: { 'vm.create': { profile: 'kvmtool' } } })
  t.teardown(() => vmm.close())
  const url = await vmm.listen({ host: '127.0.0.1', port: 0 })
  const { urls: others } = await services(t, { replaced: { vmm: url }, machines: [] })

  t.match((await request(`${others.console}/v1/profiles`)).json, {
    vmm: { default: 'kvmtool', profiles: [{ name: 'reference' }] }
  })
})

void t.test(
  'a layer that someone else serves may refuse without a problem: others say what became of a message',
  async (t) => {
    const foreign = createServer(
      (_, response) => void response.writeHead(501, { 'content-type': 'text/html' }).end('<p>no')
    )
    await new Promise<void>((resolve) => foreign.listen(0, '127.0.0.1', resolve))
    t.teardown(() => foreign.close())
    const policy = `http://127.0.0.1:${(foreign.address() as AddressInfo).port}`
    const { urls: others } = await services(t, { replaced: { policy } })

    const { json } = await request(`${others.console}/v1/messages/nobody-knows-it?machine=m0`)

    t.match(json, { status: 404, code: 'message-unknown' })
  }
)

void t.test('a run is refused at its place in the file for a VMM that the one that is there cannot be', async (t) => {
  const { url, close } = await foreign((request, response) => {
    const says = request.url === '/v1/machines' ? { machines: ['m0'] } : { profiles: [{ name: 'reference' }] }
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(says))
  })
  t.teardown(close)
  const { urls: others } = await services(t, { replaced: { vmm: url } })
  const runs = `${others.console}/v1/runs`
  const text = 'seabus: 1\ntitle: t\nvms:\n  - profile: qemu-10.2\nsteps: [touch: redis]\n'
  const place = { path: '/vms/0/profile', rule: 'unknown-name', length: 9 }
  const says = /there is no VMM profile qemu-10\.2; known: reference/

  const asText = await request(runs, { body: text, headers: { 'content-type': 'application/yaml' } })
  t.match(asText, {
    status: 422,
    json: { code: 'scenario-invalid', errors: [{ ...place, line: 4, column: 14, message: says }] }
  })
  const scenario = { seabus: 1, title: 't', vms: [{ profile: 'qemu-10.2' }], steps: [{ touch: 'redis' }] }
  const asJson = await request(runs, { body: { wait: false, scenario } })
  t.match(asJson, { status: 422, json: { code: 'scenario-invalid', errors: [{ line: 1, message: says }] } })
  t.match(await request(runs, { body: { wait: false, story: 'morse', vmm: 'qemu-10.2' } }), {
    status: 422,
    json: { code: 'field-invalid', field: '/vmm', detail: 'there is no vmm qemu-10.2; known: reference' }
  })
  t.match((await request(runs)).json, { runs: [] }, 'nothing has been begun')
})
