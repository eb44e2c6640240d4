import t from 'tap'
import { NotALayer } from '../../cli/conform/check.ts'
import { conformLayer } from '../../cli/conform/conform-layer.ts'
import { conformPolicy } from '../../cli/conform/conform-policy.ts'
import { Neighbours } from '../../cli/conform/neighbours.ts'
import { RULES_OF } from '../../cli/conform/rules.ts'
import { foreign } from '../service/http.ts'
import { IMPATIENT_MS } from './support.ts'

const problem = (status: number) => JSON.stringify({ type: 'about:blank', title: 'no', status })

/** Services that look at nothing: every request is answered alike. */
const ALIKE: readonly (readonly [what: string, status: number, type: string, body: string])[] = [
  ['taken', 202, 'application/json', '{"id":"1"}'],
  ['answered', 200, 'application/json', '{}'],
  ['a page', 200, 'text/html', '<p>Welcome</p>'],
  ['refused as unknown', 404, 'application/problem+json', problem(404)],
  ['refused as wrong', 422, 'application/problem+json', problem(422)],
  ['broken', 500, 'text/plain', 'Traceback'],
  ['not there', 404, 'text/plain', 'Not found']
]

for (const [what, status, type, body] of ALIKE) {
  void t.test(`whoever answers everything alike, ${what}, is no layer`, async (t) => {
    const { url, close } = await foreign((_request, response) =>
      response.writeHead(status, { 'content-type': type }).end(body)
    )
    t.teardown(close)

    for (const [layer, rules] of Object.entries(RULES_OF)) {
      const neighbours = await Neighbours.start(rules.layer)
      await t.rejects(
        conformLayer(rules, { url, neighbours, patienceMs: IMPATIENT_MS }),
        { message: /^it is no / },
        layer
      )
      neighbours.close()
    }
  })
}

void t.test('a policy that is none is said to be none', async (t) => {
  for (const [, status, type, body] of ALIKE) {
    const { url, close } = await foreign((_request, response) =>
      response.writeHead(status, { 'content-type': type }).end(body)
    )
    const result = await conformPolicy(url, { machine: 'm0', deadlineMs: 3_600_000 }).catch((error: unknown) => error)
    if (result instanceof NotALayer) t.match(result.message, /it is no policy/)
    else {
      const kept = (result as readonly { broken: readonly string[] }[]).filter(({ broken }) => broken.length === 0)
      t.strictSame(kept, [], `${status} ${type}`)
    }
    close()
  }
})

void t.test('whoever refuses everything with a reason of its own passes no rule either', async (t) => {
  const { url, close } = await foreign((request, response) => {
    if (request.method === 'PUT' && /^\/v1\/machines\/[^/]+$/.test(request.url ?? ''))
      return response.writeHead(201).end('{}')
    response.writeHead(request.method === 'POST' ? 422 : 404, { 'content-type': 'application/problem+json' })
    return response.end(JSON.stringify({ title: `no ${request.url}`, status: 422 }))
  })
  t.teardown(close)

  for (const [layer, rules] of Object.entries(RULES_OF)) {
    const neighbours = await Neighbours.start(rules.layer)
    const results = await conformLayer(rules, { url, neighbours, patienceMs: IMPATIENT_MS })
    const kept = results.filter(({ broken, skipped }) => broken.length === 0 && skipped === undefined)
    t.strictSame(kept, [], layer)
    neighbours.close()
  }
})
