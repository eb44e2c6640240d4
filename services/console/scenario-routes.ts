import { Type } from 'typebox'
import type { FastifyInstance } from 'fastify'
import { ProblemError } from '../../shared/contracts/problem.ts'
import { readScenario } from '../../shared/scenario/read-scenario.ts'
import { Scenario } from '../../shared/scenario/schema.ts'
import { json, ofType, operation, TEXT_SCHEMA } from '../../shared/service/describing/operation.ts'
import { takeText, YAML_MEDIA_TYPE } from './runs/request.ts'
import { ScenarioMistakes, ShippedScenarioList } from './replies.ts'
import { ScenarioSchema } from './runs/replies.ts'
import { ShippedScenarios } from './scenarios.ts'
import { textErrors } from './text-errors.ts'

const tags = ['console']
const LIST = operation({
  id: 'listScenarios',
  summary: 'The scenarios that come with seabus',
  tags,
  answers: { 200: json(ShippedScenarioList, 'Their names and titles') }
})
const ONE = operation({
  id: 'getScenario',
  summary: 'A scenario that comes with seabus',
  tags,
  params: Type.Object({ name: Type.String() }),
  answers: { 200: ofType(YAML_MEDIA_TYPE, TEXT_SCHEMA, 'Its file') },
  refuses: ['scenario-unknown']
})
const SCHEMA = operation({
  id: 'getScenarioSchema',
  summary: 'The JSON schema of scenarios',
  tags,
  answers: { 200: ofType('application/schema+json', { type: 'object', additionalProperties: true }, 'The schema') }
})
const CHECK = operation({
  id: 'checkScenario',
  summary: 'The mistakes of a scenario, which is not run',
  tags,
  body: { content: { 'application/json': { schema: ScenarioSchema }, [YAML_MEDIA_TYPE]: { schema: TEXT_SCHEMA } } },
  answers: { 200: json(ScenarioMistakes, 'Its mistakes; none, and it can be run') }
})

/** Scenario files: those that come with seabus, their schema, and whether one has mistakes. */
export function scenarioRoutes(app: FastifyInstance): void {
  const shipped = new ShippedScenarios()
  takeText(app)

  app.get('/v1/scenarios', { schema: LIST }, async () => ({ scenarios: await shipped.list() }))

  app.get<{ Params: { name: string } }>('/v1/scenarios/:name', { schema: ONE }, async (request, reply) => {
    const { name } = request.params
    const text = await shipped.text(name)
    if (text === undefined) {
      throw new ProblemError('scenario-unknown', `no scenario ${JSON.stringify(name.slice(0, 80))} comes with seabus`)
    }
    return reply.type(`${YAML_MEDIA_TYPE}; charset=utf-8`).send(text)
  })

  const schema = `${JSON.stringify(Scenario, null, 2)}\n`
  app.get('/v1/scenario.schema.json', { schema: SCHEMA }, (_request, reply) =>
    reply.type('application/schema+json').send(schema)
  )

  app.post('/v1/scenarios/check', { schema: CHECK }, (request) => {
    const { text = '' } = (request.body ?? {}) as { readonly text?: string }
    return { errors: textErrors(readScenario(text, 'body').errors ?? []) }
  })
}
