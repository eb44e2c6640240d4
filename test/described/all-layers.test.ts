import t from 'tap'
import { unified, type ApiDocument } from '../../services/console/all-layers.ts'
import { LAYERS, MODELLED_LAYERS } from '../../shared/contracts/layer.ts'
import { furnished } from '../support/furnished.ts'
import { request } from '../support/requests.ts'
import { services } from '../support/services.ts'
import { documents, operationsOf, type Document } from './document.ts'

const schema = (properties: object) => ({ type: 'object', properties })
const $ref = (name: string) => ({ $ref: `#/components/schemas/${name}` })
const reading = (operationId: string, name: string) => ({
  get: { operationId, responses: { 200: { description: '', content: { 'application/json': { schema: $ref(name) } } } } }
})
const document = (paths: object, schemas: object): ApiDocument =>
  ({ openapi: '3.1.0', paths, components: { schemas } }) as ApiDocument

const OWN = document({ '/': reading('getIndex', 'Link') }, { Link: schema({ href: { type: 'string' } }) })

void t.test('what is the same in all layers is there once, and what is not by the name of its layer', async (t) => {
  const made = (fields: object) =>
    document(
      { '/v1/vms': reading('listVms', 'Vms') },
      {
        Vms: schema({ vm: $ref('Vm'), link: $ref('Link') }),
        Vm: schema(fields),
        Link: schema({ href: { type: 'string' } })
      }
    )

  const all = unified(OWN, { vmm: made({ pid: {} }), 'host-kernel': made({ slots: {} }) })

  t.strictSame(Object.keys(all.paths ?? {}), ['/', '/services/vmm/v1/vms', '/services/host-kernel/v1/vms'])
  t.match(all.paths?.['/services/host-kernel/v1/vms'], {
    get: { operationId: 'hostKernelListVms', tags: ['host-kernel'], ...{ responses: { 200: {} } } }
  })
  t.strictSame(Object.keys(all.components?.['schemas'] ?? {}), [
    'HostKernelVm',
    'HostKernelVms',
    'Link',
    'VmmVm',
    'VmmVms'
  ])
  t.match(all.components?.['schemas']?.['VmmVms'], {
    properties: { vm: { $ref: '#/components/schemas/VmmVm' }, link: { $ref: '#/components/schemas/Link' } }
  })
})

void t.test('a layer that does not describe itself is named, with why', async (t) => {
  const all = unified(OWN, { policy: 'not there (ECONNREFUSED)' })

  t.match(all.info, { description: /Not in here is policy: not there \(ECONNREFUSED\)\./ })
  t.strictSame(Object.keys(all.paths ?? {}), ['/'])
})

void t.test('the console has one document of itself and of all layers', async (t) => {
  const all = await services(t)
  await furnished(all)
  const own = await documents(all)
  const whole = (await request(`${all.urls.console}/openapi-all.json`)).json as Document

  const ids = operationsOf(whole).map(({ operation }) => operation.operationId)
  const count = LAYERS.reduce((sum, layer) => sum + operationsOf(own[layer]).length, 0)
  t.equal(ids.length, count, 'every operation is in it')
  t.equal(new Set(ids).size, count, 'and has a name of its own')
  t.strictSame(danglingIn(whole), [])

  const [server = { url: '' }] = whole.servers
  const reads = ['/services/vmm/v1/machines/m0/vms/vm0', '/services/guest/v1/machines/m0/vms/vm0/tasks', '/v1/policies']
  for (const path of reads) t.equal((await request(server.url + path)).status, 200, `${path} of the server it names`)
})

void t.test('it says which layers it has not', async (t) => {
  const replaced = { policy: 'http://127.0.0.1:9' }
  const { urls } = await services(t, { replaced, machines: [] })

  const { info, paths } = (await request(`${urls.console}/openapi-all.json`)).json as Document & { info: object }

  t.match(info, { description: /Not in here is policy: not there/ })
  for (const layer of MODELLED_LAYERS) {
    const isThere = Object.keys(paths).some((path) => path.startsWith(`/services/${layer}/`))
    t.equal(isThere, layer !== 'policy', layer)
  }
})

/** References that lead nowhere. */
function danglingIn(document: Document): readonly string[] {
  const names = new Set(Object.keys(document.components.schemas).map((name) => `#/components/schemas/${name}`))
  const used = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, target]) => String(target))
  return used.filter((target) => !names.has(target))
}
