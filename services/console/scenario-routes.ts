import { Type } from 'typebox'
import type { FastifyInstance } from 'fastify'
import { ProblemError } from '../../shared/contracts/problem.ts'
import { readScenario } from '../../shared/scenario/read-scenario.ts'
import { Scenario } from '../../shared/scenario/schema.ts'
import { Problem } from '../../shared/service/openapi-schema.ts'
import { takeText, YAML_MEDIA_TYPE } from './runs/request.ts'
import { ShippedScenarios } from './scenarios.ts'
import { textErrors } from './text-errors.ts'

/** Scenario files: those that come with seabus, their schema, and whether one has mistakes. */
export function scenarioRoutes(app: FastifyInstance): void {
  const shipped = new ShippedScenarios()
  const described = (summary: string, more: object = {}) => ({ summary, tags: ['console'], ...more })
  takeText(app)

  const list = described('The scenarios that come with seabus')
  app.get('/v1/scenarios', { schema: list }, async () => ({ scenarios: await shipped.list() }))

  const one = described('A scenario that comes with seabus', {
    params: Type.Object({ name: Type.String() }),
    response: {
      200: { description: 'YAML', content: { [YAML_MEDIA_TYPE]: { schema: { type: 'string' } } } },
      '4xx': Problem
    }
  })
  app.get<{ Params: { name: string } }>('/v1/scenarios/:name', { schema: one }, async (request, reply) => {
    const { name } = request.params
    const text = await shipped.text(name)
    if (text === undefined) {
      throw new ProblemError('scenario-unknown', `no scenario ${JSON.stringify(name.slice(0, 80))} comes with seabus`)
    }
    return reply.type(`${YAML_MEDIA_TYPE}; charset=utf-8`).send(text)
  })

  const schema = `${JSON.stringify(Scenario, null, 2)}\n`
  app.get('/v1/scenario.schema.json', { schema: described('The JSON schema of scenarios') }, (_request, reply) =>
    reply.type('application/schema+json').send(schema)
  )

  const check = described('The mistakes of a scenario, which is not run', {
    body: {
      content: { [YAML_MEDIA_TYPE]: { schema: { type: 'string' } }, 'application/json': { schema: Scenario } }
    },
    response: { '4xx': Problem }
  })
  app.post('/v1/scenarios/check', { schema: check }, (request) => {
    const { text = '' } = (request.body ?? {}) as { readonly text?: string }
    return { errors: textErrors(readScenario(text, 'body').errors ?? []) }
  })
}
