import t from 'tap'
import { LAYERS } from '../../shared/contracts/layer.ts'
import { exampleBody } from '../../shared/contracts/path.ts'
import { ACCEPTS } from '../../shared/contracts/registry.ts'
import { operationIdOf } from '../../shared/service/describing/operation-id.ts'
import { request } from '../support/requests.ts'
import { services } from '../support/services.ts'

interface Parameter {
  readonly name: string
  readonly in: string
  readonly required?: boolean
  readonly schema: unknown
}
interface Content {
  readonly schema: Record<string, unknown>
  readonly example?: unknown
}
interface Operation {
  readonly operationId: string
  readonly summary?: string
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: { readonly content: Readonly<Record<string, Content>> }
  readonly responses: Readonly<Record<string, { description: string; content?: Readonly<Record<string, Content>> }>>
}
interface Api {
  readonly openapi: string
  readonly info: { readonly title: string; readonly version: string }
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, Record<string, unknown>>> }
}

const METHODS = new Set(['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'])

for (const layer of LAYERS) {
  void t.test(`${layer} describes itself as OpenAPI 3.1`, async (t) => {
    const { urls } = await services(t)
    const api = (await request(`${urls[layer]}/openapi.json`)).json as Api

    t.match(api, { openapi: /^3\.1\./, info: { title: `seabus ${layer}`, version: /./ } })
    const ids = new Set<string>()
    for (const [path, item] of Object.entries(api.paths)) {
      const named = [...path.matchAll(/\{([^}]+)\}/g)].map(([, name]) => name)
      for (const [method, operation] of Object.entries(item)) {
        const where = `${method} ${path}`
        t.ok(METHODS.has(method), where)
        t.ok(operation.summary, `${where} says what it is for`)
        const inPath = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path')
        t.strictSame(inPath.map(({ name }) => name).toSorted(), named.toSorted(), `${where}: its parameters`)
        t.ok(
          inPath.every(({ required }) => required === true),
          where
        )
        t.ok(
          Object.keys(operation.responses).every((status) => /^[1-5]\d\d$/.test(status)),
          `${where} says each status`
        )
        t.ok(
          Object.entries(operation.responses).every(
            ([status, { content }]) => status === '304' || content !== undefined
          ),
          `${where} says what each answer has`
        )
        t.ok(
          Object.values(operation.responses).every(({ description }) => typeof description === 'string'),
          where
        )
        t.match(operation.operationId, /^[a-z]+([A-Z0-9][a-z0-9]*)+$/, where)
        t.notOk(ids.has(operation.operationId), `${operation.operationId} is there once`)
        ids.add(operation.operationId)
      }
    }
  })

  void t.test(`${layer} documents each message that it accepts, with an example and how it is refused`, async (t) => {
    const { urls } = await services(t)
    const api = (await request(`${urls[layer]}/openapi.json`)).json as Api

    for (const row of ACCEPTS[layer]) {
      const path = row.path.replaceAll(/:(\w+)/g, '{$1}')
      const operation = api.paths[path]?.[row.method.toLowerCase()]

      t.equal(operation?.operationId, operationIdOf(row))
      t.ok(operation?.responses[row.reply === undefined ? '202' : '200']?.content?.['application/json'], row.type)
      t.ok(operation?.responses['422']?.content?.['application/problem+json'], `${row.type}: refusals`)
      if (row.method === 'GET') continue
      const body = operation?.requestBody?.content['application/json']
      const reference = String(body?.schema['$ref'])
      t.equal(api.components.schemas[reference.slice('#/components/schemas/'.length)]?.['type'], 'object', row.type)
      if (Object.keys(exampleBody(row) ?? {}).length > 0 || !row.raw) {
        t.strictSame(body?.example ?? {}, exampleBody(row), `${row.type}: example`)
      }
      if (row.raw !== undefined) t.ok(operation?.requestBody?.content['application/octet-stream'], `${row.type}: bytes`)
    }
  })
}
