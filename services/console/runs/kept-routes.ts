import { Type, type Static } from 'typebox'
import type { FastifyInstance } from 'fastify'
import { closed } from '../../../shared/contracts/common.ts'
import { ProblemError } from '../../../shared/contracts/problem.ts'
import { json, ofType, operation, TEXT_SCHEMA } from '../../../shared/service/describing/operation.ts'
import { queryReader } from '../requests.ts'
import { RunForgotten, RunList as RunListReply } from './replies.ts'
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

const tags = ['console']
const LIST = operation({
  id: 'listRuns',
  summary: 'The runs that are kept, the newest first',
  tags,
  querystring: ListQuery,
  answers: { 200: json(RunListReply, 'The runs, or what has changed about them') },
  refuses: ['run-unknown']
})
const SCENARIO = operation({
  id: 'getRunScenario',
  summary: 'The scenario of a run, as it was given',
  tags,
  params: Params,
  answers: { 200: ofType(YAML_MEDIA_TYPE, TEXT_SCHEMA, 'Its file') },
  refuses: ['run-unknown', 'storage-failed']
})
const FORGETS = operation({
  id: 'deleteRun',
  summary: 'Forgets a run, with its machine; one that is under way ends',
  tags,
  params: Params,
  answers: { 200: json(RunForgotten, 'It is forgotten') },
  refuses: ['run-unknown', 'storage-full', 'storage-failed', 'neighbour-unreachable', 'neighbour-refused']
})

/** What is kept of runs: their list, the scenario of each, and how one is forgotten. */
export function keptRoutes(app: FastifyInstance, runs: Runs, reading: RunReading): void {
  const readList = queryReader(ListQuery)
  app.get<{ Querystring: Record<string, string> }>('/v1/runs', { schema: LIST }, (request): RunList => {
    const { limit = DEFAULT_LIMIT, before, since } = readList(request.query)
    if (before !== undefined && since !== undefined) {
      throw new ProblemError('field-invalid', 'either before or since is asked for, not both', { field: '/since' })
    }
    const { version } = reading
    const changed = since === undefined ? undefined : reading.since(since, limit)
    return { ...(changed ?? { runs: reading.list(limit, before) }), version }
  })

  app.get<OfRun>(`${RUN}/scenario`, { schema: SCENARIO }, async (request, reply) =>
    reply.type(`${YAML_MEDIA_TYPE}; charset=utf-8`).send(await reading.scenario(request.params.id))
  )

  app.delete<OfRun>(RUN, { schema: FORGETS }, async (request) => {
    const { id } = request.params
    if (await runs.delete(id)) return { id }
    throw unknownRun(id)
  })
}
