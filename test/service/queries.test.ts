import t from 'tap'
import { MODELLED_LAYERS, type Layer } from '../../shared/contracts/layer.ts'
import { request } from '../support/requests.ts'
import { services } from '../support/services.ts'

interface Operation {
  readonly parameters?: readonly { readonly in: string; readonly name: string; readonly schema?: { type?: string } }[]
}
type Paths = Readonly<Record<string, Readonly<Record<string, Operation>>>>

const filled = (path: string) => path.replace('{machine}', 'm0').replaceAll(/\{\w+\}/g, '0')

/** Every operation that a service describes, and what its query may have. */
async function operations(url: string) {
  const { json } = await request(`${url}/openapi.json`)
  const { paths } = json as { paths: Paths }
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { parameters = [] }]) => ({
      method: method.toUpperCase(),
      path: filled(path),
      query: parameters.filter((each) => each.in === 'query')
    }))
  )
}

for (const layer of [...MODELLED_LAYERS, 'console'] satisfies readonly Layer[]) {
  void t.test(`${layer}: no route takes a parameter that it does not know`, async (t) => {
    const { urls } = await services(t)
    for (const { method, path } of await operations(urls[layer])) {
      // Whoever watches is told how a service is, whatever else stands there.
      if (path.startsWith('/health')) continue
      const { status, json } = await request(`${urls[layer]}${path}?wat=1`, { method })
      t.match({ status, json }, { status: 422, json: { code: 'field-unknown', field: '/wat' } }, `${method} ${path}`)
    }
  })

  void t.test(`${layer}: no route takes a parameter twice that has one value`, async (t) => {
    const { urls } = await services(t)
    let asked = 0
    for (const { method, path, query } of await operations(urls[layer])) {
      for (const { name, schema } of query) {
        if (schema?.type === 'array') continue
        asked++
        const { status, json } = await request(`${urls[layer]}${path}?${name}=8&${name}=9`, { method })
        const what = `${method} ${path} ${name}`
        t.match({ status, json }, { status: 400, json: { code: 'parameter-repeated', field: `/${name}` } }, what)
      }
    }
    t.not(asked, 0)
  })
}

void t.test('what a body of JSON says does not stand in the query too', async (t) => {
  const { urls } = await services(t)
  const record = await request(`${urls.firmware}/v1/machines/m0/error-records?source=1`, {
    body: { source: 1, bytes: '' }
  })
  t.match(record, { status: 422, json: { code: 'field-unknown', field: '/source' } })
  const run = await request(`${urls.console}/v1/runs?vmm=qemu`, { body: { story: 'sei' } })
  t.match(run, { status: 422, json: { code: 'field-unknown', field: '/vmm' } })
})
