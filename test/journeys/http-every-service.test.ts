import t, { type Test } from 'tap'
import { ACCEPTS } from '../../shared/contracts/registry.ts'
import { ID_MAX_LENGTH } from '../../shared/contracts/event-id.ts'
import { LAYERS, MODELLED_LAYERS, type Layer } from '../../shared/contracts/layer.ts'
import { exampleBody } from '../../shared/contracts/path.ts'
import { PROBLEMS, type ProblemCode } from '../../shared/contracts/problem.ts'
import { request, type Answer, type Sent } from '../support/requests.ts'
import { services } from '../support/services.ts'

const OVER_THE_LIMIT = 'x'.repeat(1_048_577)
const EVENT = { 'content-type': 'application/cloudevents+json' }

/** A route of each service that takes JSON, with a body that it takes. */
function aRoute(layer: Layer): { readonly path: string; readonly method: string; readonly body: object } {
  if (layer === 'console') return { path: '/v1/runs', method: 'POST', body: { story: 'morse' } }
  const row = ACCEPTS[layer].find(({ method, raw, example }) => method !== 'GET' && raw === undefined && example)
  if (row === undefined) throw new Error(`${layer} takes no JSON`)
  const path = row.path.replace(':machine', 'm0').replace(':vm', 'vm0')
  return { path, method: row.method, body: exampleBody(row) ?? {} }
}

function isProblem(t: Test, { status, contentType, json, text }: Answer, code: ProblemCode, name: string): void {
  t.equal(status, PROBLEMS[code].status, `${name}: ${text}`)
  t.match(contentType, /^application\/problem\+json/, name)
  t.match(json, { type: `/docs/problems#${code}`, title: PROBLEMS[code].title, status, detail: /./, instance: /^\// })
}

for (const layer of LAYERS) {
  void t.test(`${layer} refuses whatever it cannot read, and stays up`, async (t) => {
    const { urls } = await services(t)
    const url = urls[layer]
    const { path, method, body } = aRoute(layer)
    const send = (sent: Sent) => request(url + path, { method, ...sent })
    const before = (await request(`${url}/v1/journal`)).text

    isProblem(t, await request(`${url}/v1/nothing`), 'route-unknown', 'an unknown path')
    isProblem(t, await request(`${url}/%zz`), 'route-unknown', 'a path that is none')
    isProblem(t, await send({ method: 'PATCH', body: {} }), 'method-not-allowed', 'a method that the path has not')
    const form = { 'content-type': 'application/x-www-form-urlencoded' }
    isProblem(t, await send({ body: 'a=b', headers: form }), 'content-type-unsupported', 'a form')
    isProblem(
      t,
      await send({ body: 'x', headers: { 'content-type': 'text/plain' } }),
      'content-type-unsupported',
      'text'
    )
    isProblem(t, await send({ body: '{"kind":' }), 'body-malformed', 'half of a body')
    isProblem(t, await send({ body: '' }), 'body-malformed', 'a body without anything')
    isProblem(t, await send({ body: '"text"' }), 'field-invalid', 'text for a body')
    isProblem(t, await send({ body: [] }), 'field-invalid', 'a list for a body')
    isProblem(t, await send({ body: { text: OVER_THE_LIMIT } }), 'body-too-large', 'a body over 1 MiB')
    isProblem(t, await send({ body: { ...body, fantasy: 1 } }), 'field-unknown', 'an unknown field')
    isProblem(t, await request(`${url}/v1/journal?folow=true`), 'field-unknown', 'an unknown parameter')

    t.equal((await request(`${url}/v1/journal`)).text, before, 'nothing has happened')
    t.match((await request(`${url}/health`)).json, { status: 'ok' })
  })
}

for (const layer of MODELLED_LAYERS) {
  void t.test(`${layer} refuses machines, ids and events that cannot be`, async (t) => {
    const { urls } = await services(t)
    const url = urls[layer]
    const { path, method, body } = aRoute(layer)
    const event = { specversion: '1.0', id: 'e1', source: '/me', type: 'no.such', subject: 'm0', data: {} }
    const key = (id: string) => ({ method, body, headers: { 'idempotency-key': id } })
    const before = (await request(`${url}/v1/journal`)).text

    isProblem(
      t,
      await request(url + path.replace('m0', 'm9'), { method, body }),
      'machine-unknown',
      'an unknown machine'
    )
    isProblem(t, await request(`${url}/v1/machines/m9`), 'machine-unknown', 'an unknown machine to read')
    isProblem(t, await request(`${url}/v1/machines/M0`, { method: 'PUT' }), 'field-invalid', 'a name in capitals')
    isProblem(t, await request(url + path, key('two words')), 'idempotency-key-invalid', 'a key with a space')
    isProblem(
      t,
      await request(url + path, key('x'.repeat(ID_MAX_LENGTH + 1))),
      'idempotency-key-invalid',
      'a key too long'
    )
    isProblem(t, await request(`${url}/v1/events`, { body: event, headers: EVENT }), 'event-type-unknown', 'an event')
    isProblem(t, await request(`${url}/v1/events`, { body: {}, headers: EVENT }), 'field-missing', 'half an event')
    isProblem(t, await request(`${url}/v1/journal?after=x`), 'field-invalid', 'a place that is no number')

    t.equal((await request(`${url}/v1/journal`)).text, before, 'nothing has happened')
  })
}

void t.test('every service tells what it is, and how it is', async (t) => {
  const { urls } = await services(t)

  for (const layer of LAYERS) {
    const url = urls[layer]
    const index = await request(`${url}/`)
    const docs = await request(`${url}/docs`)
    const problems = await request(`${url}/docs/problems`)

    t.match(index.json, { service: layer, links: Array }, layer)
    t.match((await request(`${url}/health`)).json, { status: 'ok' }, layer)
    t.match(docs.text, /swagger-ui/, `${layer}: a page to try`)
    t.match(docs.contentType, /html/, layer)
    t.match(problems.text, /address-outside-memory/, `${layer}: where the type of a problem leads`)
  }
})
