import { Type } from 'typebox'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { closed } from '../contracts/common.ts'
import { ProblemError } from '../contracts/problem.ts'
import type { Engine } from '../engine/engine.ts'
import { HEADER } from '../transport/headers.ts'
import { atRest, preferredWait } from './at-rest.ts'
import { Quiescence } from '../contracts/reads/service.ts'
import { json, operation } from './describing/operation.ts'
import { pretty } from './pretty.ts'
import { queryReader } from './query.ts'

const Query = closed({ machine: Type.Optional(Type.String({ description: 'of this machine alone' })) })
const Headers = Type.Object({
  [HEADER.prefer]: Type.Optional(
    Type.String({ description: 'wait=SECONDS: answer once nothing is under way, or the time is over (RFC 7240)' })
  )
})
const SCHEMA = operation({
  id: 'getQuiescence',
  summary: 'What is still under way',
  tags: ['service'],
  querystring: Query,
  headers: Headers,
  answers: { 200: json(Quiescence, 'What is under way; nothing, and it is at rest') },
  refuses: ['machine-unknown', 'field-missing']
})
const read = queryReader(Query)

type Request = FastifyRequest<{ Querystring: Readonly<Record<string, string>> }>

/**
 * `GET /v1/quiescence`: what is still under way, on all machines or on one, and how long it has waited. Who prefers to wait
 * is answered when nothing is, and need not ask again and again.
 */
export function quiescenceRoute(app: FastifyInstance, engine: Engine): void {
  app.get('/v1/quiescence', { schema: SCHEMA }, async (request: Request, reply) => {
    const { machine } = read(request.query)
    const look = () => (machine === undefined ? engine.standing.quiescence() : engine.standing.quiescence(machine))
    const seconds = preferredWait(request.headers[HEADER.prefer])
    const quiescence = seconds === 0 ? look() : await atRest(look, seconds, () => reply.raw.destroyed)
    if (quiescence === undefined) throw new ProblemError('machine-unknown', `there is no machine ${machine}`)
    if (seconds > 0) void reply.header(HEADER.preferenceApplied, `wait=${seconds}`)
    return pretty(reply, quiescence)
  })
}
