import type { FastifyInstance, FastifyReply } from 'fastify'
import { systemSchema } from '../openapi-schema.ts'
import { notNow } from '../problems.ts'
import type { Family } from './families/family.ts'
import { METRICS_MEDIA_TYPE, metricsText } from './metrics-text.ts'

const pretty = (reply: FastifyReply, value: unknown) =>
  reply.type('application/json; charset=utf-8').send(`${JSON.stringify(value, null, 2)}\n`)

export interface WatchParts<Of> {
  readonly readiness: () => Promise<{ readonly ready: boolean }>
  readonly families: readonly Family<Of>[]
  /** Looked at once for all metrics of an answer: some are counted over all machines. */
  readonly sources: () => Of
  /** Of the routes, for the API's page; default that of a service. */
  readonly tags?: readonly string[]
}

/** What whoever watches a service asks it: whether it lives, whether it can do its work, and its numbers. */
export function watchRoutes<Of>(app: FastifyInstance, { readiness, families, sources, tags }: WatchParts<Of>): void {
  const schema = (summary: string) => ({ ...systemSchema(summary), ...(tags === undefined ? {} : { tags }) })

  app.get('/health/live', { schema: schema('Whether the process answers') }, (_request, reply) =>
    pretty(reply, { live: true })
  )

  app.get(
    '/health/ready',
    { schema: schema('Whether it can do its work now, and if not, why') },
    async (_request, reply) => {
      const state = await readiness()
      return pretty(state.ready ? reply : notNow(reply), state)
    }
  )

  app.get('/metrics', { schema: schema('Its numbers, for Prometheus') }, async (_request, reply) =>
    reply.type(METRICS_MEDIA_TYPE).send(await metricsText(families, sources()))
  )
}
