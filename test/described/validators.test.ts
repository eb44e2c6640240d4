import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { Validator } from '@seriousme/openapi-schema-validator'
import { Ajv } from 'ajv'
import t from 'tap'
import { LAYERS } from '../../shared/contracts/layer.ts'
import { request } from '../support/requests.ts'
import { services } from '../support/services.ts'
import { documents } from './document.ts'

const all = await services(t, { machines: [] })

void t.test('each OpenAPI document is one, and so is that of all layers', async (t) => {
  const whole = (await request(`${all.urls.console}/openapi-all.json`)).json as Record<string, unknown>
  for (const [name, document] of Object.entries({ ...(await documents(all)), whole })) {
    const { valid, errors } = await new Validator().validate({ ...document })
    t.ok(valid, `${name}: ${JSON.stringify(errors)}`)
  }
  const { valid } = await new Validator().validate({ openapi: '3.1.0', info: { title: 'x' }, paths: {} })
  t.notOk(valid, 'the validator finds what is wrong')
})

void t.test('each AsyncAPI document is one', async (t) => {
  const path = createRequire(import.meta.url).resolve('@asyncapi/specs/schemas/3.0.0.json')
  const isAsyncApi = new Ajv({ strict: false, validateFormats: false, meta: false, validateSchema: false }).compile(
    JSON.parse(readFileSync(path, 'utf8')) as object
  )
  for (const layer of LAYERS) {
    const document = (await request(`${all.urls[layer]}/asyncapi.json`)).json
    t.ok(isAsyncApi(document), `${layer}: ${JSON.stringify(isAsyncApi.errors?.slice(0, 3))}`)
    t.strictSame(danglingIn(document), [], layer)
  }
  t.notOk(isAsyncApi({ asyncapi: '3.0.0', info: { title: 'x', version: '1' }, channels: { x: 1 } }))
})

/** References within a document that lead nowhere. */
function danglingIn(document: unknown): readonly string[] {
  const used = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, target]) => String(target))
  const at = (target: string) =>
    target.split('/').reduce((part, key) => (part as Record<string, unknown> | undefined)?.[key], document)
  return used.filter((target) => at(target) === undefined)
}
