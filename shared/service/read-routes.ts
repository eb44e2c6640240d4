import { Type, type TObject } from 'typebox'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { wireOf } from '../contracts/codec.ts'
import { fieldOfText, fieldSchema, pathParameters } from '../contracts/path.ts'
import { wire } from '../contracts/validate.ts'
import type { Clock } from '../engine/clock.ts'
import type { Engine } from '../engine/engine.ts'
import { ProblemError } from '../contracts/problem.ts'
import type { ReadRoute } from './read-route.ts'
import { sendBytes, wantsBytes } from './bytes.ts'
import { readOperation } from './describing/read-operation.ts'

type Texts = Readonly<Record<string, string>>
type ReadRequest = FastifyRequest<{ Params: Texts; Querystring: Texts }>

const NO_QUERY = Type.Object({})

/** The HTTP side of what can be read of a layer. `view` gives what readers see of a model's state. */
export function readRoutes(
  app: FastifyInstance,
  engine: Engine,
  clock: Clock,
  routes: readonly ReadRoute<unknown>[],
  view: (state: unknown) => unknown
): void {
  for (const route of routes) readRoute(app, engine, clock, route, view)
}

function readRoute(
  app: FastifyInstance,
  engine: Engine,
  clock: Clock,
  route: ReadRoute<unknown>,
  view: (state: unknown) => unknown
): void {
  const names = pathParameters(route.path).filter((name) => name !== 'machine')
  const params = route.params === undefined ? (texts: Texts) => texts : fieldsReader(route.params)
  const query = fieldsReader(route.query ?? NO_QUERY)
  app.get(route.path, { schema: readOperation(route) }, (request: ReadRequest, reply) => {
    const machine = request.params['machine'] ?? ''
    const cell = engine.state(machine)
    if (cell === undefined) throw new ProblemError('machine-unknown', `there is no machine ${machine}`)
    const inPath = Object.fromEntries(names.map((name) => [name, request.params[name] ?? '']))
    const asked = { ...params(inPath), ...query(request.query) }
    const state = view(cell.state)
    const value = route.read(state, asked, { machine, now: clock.now() })
    if (value === undefined) {
      const [path = ''] = request.url.split('?', 1)
      throw new ProblemError(route.missing ?? 'resource-unknown', `there is no ${path}`)
    }
    if (typeof value === 'string') return reply.type('text/plain; charset=utf-8').send(value)
    if (value instanceof Uint8Array) {
      if (wantsBytes(request)) {
        sendBytes(reply, value)
        return reply
      }
      const json = route.json === undefined ? { bytes: value } : route.json(value, state, asked)
      return reply.type('application/json; charset=utf-8').send(JSON.stringify(wireOf(json)))
    }
    return reply.type('application/json; charset=utf-8').send(JSON.stringify(wireOf(value)))
  })
}

/** Texts of a path or query as model values. */
function fieldsReader(schema: TObject): (texts: Texts) => Record<string, unknown> {
  const form = wire(schema)
  return (texts) => {
    const json = Object.entries(texts).map(([name, text]) => [name, fieldOfText(fieldSchema(schema, name), text)])
    const parsed = form.parse(Object.fromEntries(json))
    if ('error' in parsed) {
      throw new ProblemError(parsed.error.code, parsed.error.detail, { field: parsed.error.field })
    }
    return parsed.value as Record<string, unknown>
  }
}
