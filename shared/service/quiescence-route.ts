import { Type } from 'typebox'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { closed } from '../contracts/common.ts'
import { ProblemError } from '../contracts/problem.ts'
import type { Engine } from '../engine/engine.ts'
import { systemSchema } from './openapi-schema.ts'
import { queryReader } from './query.ts'

const Query = closed({ machine: Type.Optional(Type.String({ description: 'of this machine alone' })) })
const read = queryReader(Query)

type Request = FastifyRequest<{ Querystring: Readonly<Record<string, string>> }>

/** `GET /v1/quiescence`: what is still under way, on all machines or on one, and how long it has waited. */
export function quiescenceRoute(app: FastifyInstance, engine: Engine): void {
  app.get('/v1/quiescence', { schema: systemSchema('What is still under way', Query) }, (request: Request, reply) => {
    const { machine } = read(request.query)
    const quiescence = machine === undefined ? engine.quiescence() : engine.quiescence(machine)
    if (quiescence === undefined) throw new ProblemError('machine-unknown', `there is no machine ${machine}`)
    return reply.type('application/json; charset=utf-8').send(`${JSON.stringify(quiescence, null, 2)}\n`)
  })
}
