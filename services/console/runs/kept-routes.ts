import { Type, type Static } from 'typebox'
import type { FastifyInstance } from 'fastify'
import { closed } from '../../../shared/contracts/common.ts'
import { ProblemError } from '../../../shared/contracts/problem.ts'
import { Problem } from '../../../shared/service/openapi-schema.ts'
import { queryReader } from '../requests.ts'
import { YAML_MEDIA_TYPE } from './request.ts'
import { unknownRun, type RunList, type RunReading } from './run-reading.ts'
import type { Runs } from './runs.ts'

const ListQuery = closed({
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 100, description: 'no more than so many' })),
  before: Type.Optional(Type.String({ maxLength: 128, description: 'only runs that began before this one' })),
  since: Type.Optional(
    Type.String({
      maxLength: 128,
      description:
        'the `version` of a list that was read before: only runs that are new or have changed since, and as `gone` the ids ' +
        'of those that are no longer kept. Without `gone` in the answer it is the list from its beginning: what has ' +
        'changed is not known any more, or is more than `limit`'
    })
  )
})

const DEFAULT_LIMIT = 100
const RUN = '/v1/runs/:id'
const Params = Type.Object({ id: Type.String() })
type OfRun = { Params: Static<typeof Params>; Querystring: Record<string, string> }

/** What is kept of runs: their list, the scenario of each, and how one is forgotten. */
export function keptRoutes(app: FastifyInstance, runs: Runs, reading: RunReading): void {
  const readList = queryReader(ListQuery)
  const described = (summary: string, more: object = {}) => ({
    summary,
    tags: ['console'],
    params: Params,
    response: { '4xx': Problem },
    ...more
  })

  const list = { summary: 'The runs that are kept, the newest first', tags: ['console'], querystring: ListQuery }
  app.get<{ Querystring: Record<string, string> }>('/v1/runs', { schema: list }, (request): RunList => {
    const { limit = DEFAULT_LIMIT, before, since } = readList(request.query)
    if (before !== undefined && since !== undefined) {
      throw new ProblemError('field-invalid', 'either before or since is asked for, not both', { field: '/since' })
    }
    const { version } = reading
    const changed = since === undefined ? undefined : reading.since(since, limit)
    return { ...(changed ?? { runs: reading.list(limit, before) }), version }
  })

  const scenario = described('The scenario of a run, as it was given', {
    response: {
      200: { description: 'YAML', content: { [YAML_MEDIA_TYPE]: { schema: { type: 'string' } } } },
      '4xx': Problem
    }
  })
  app.get<OfRun>(`${RUN}/scenario`, { schema: scenario }, async (request, reply) =>
    reply.type(`${YAML_MEDIA_TYPE}; charset=utf-8`).send(await reading.scenario(request.params.id))
  )

  const deleting = described('Forgets a run, with its machine; one that is under way ends')
  app.delete<OfRun>(RUN, { schema: deleting }, async (request) => {
    const { id } = request.params
    if (await runs.delete(id)) return { id }
    throw unknownRun(id)
  })
}
