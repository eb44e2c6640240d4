import type { FastifyInstance } from 'fastify'
import type { TSchema } from 'typebox'
import { Liveness, Readiness } from '../../contracts/reads/service.ts'
import { json, ofType, operation, TEXT_SCHEMA } from '../describing/operation.ts'
import { pretty } from '../pretty.ts'
import { notNow } from '../problems.ts'
import type { Family } from './families/family.ts'
import { METRICS_MEDIA_TYPE, metricsText } from './metrics-text.ts'

const tags = ['service']
const LIVE = operation({
  id: 'getLiveness',
  summary: 'Whether the process answers',
  tags,
  answers: { 200: json(Liveness, 'It does') }
})
const METRICS = operation({
  id: 'getMetrics',
  summary: 'Its numbers, for Prometheus',
  tags,
  answers: { 200: ofType('text/plain', TEXT_SCHEMA, 'In the text format 0.0.4 of Prometheus') }
})

export interface WatchParts<Of> {
  readonly readiness: () => Promise<{ readonly ready: boolean }>
  readonly families: readonly Family<Of>[]
  /** Looked at once for all metrics of an answer: some are counted over all machines. */
  readonly sources: () => Of
  /** What readiness is answered with; default that of a service. */
  readonly says?: TSchema
}

/** What whoever watches a service asks it: whether it lives, whether it can do its work, and its numbers. */
export function watchRoutes<Of>(
  app: FastifyInstance,
  { readiness, families, sources, says = Readiness }: WatchParts<Of>
): void {
  const ready = operation({
    id: 'getReadiness',
    summary: 'Whether it can do its work now, and if not, why',
    tags,
    answers: { 200: json(says, 'It can'), 503: json(says, 'It cannot, and why') }
  })
  app.get('/health/live', { schema: LIVE }, (_request, reply) => pretty(reply, { live: true }))

  app.get('/health/ready', { schema: ready }, async (_request, reply) => {
    const state = await readiness()
    return pretty(state.ready ? reply : notNow(reply), state)
  })

  app.get('/metrics', { schema: METRICS }, async (_request, reply) =>
    reply.type(METRICS_MEDIA_TYPE).send(await metricsText(families, sources()))
  )
}
