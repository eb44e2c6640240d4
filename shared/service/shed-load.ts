import { getHeapStatistics } from 'node:v8'
import rateLimit from '@fastify/rate-limit'
import underPressure from '@fastify/under-pressure'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { ProblemError } from '../contracts/problem.ts'
import { boundConnections } from './connections.ts'
import type { Limits, Pressure } from './limits.ts'
import { isLink, isOwn } from './own-traffic.ts'

/** Over so many seconds a rate is counted: short bursts are no overload. */
const RATE_SECONDS = 10

/**
 * Turns away what is over the limits before anything is done for it, with Retry-After: 503 `overloaded` or 429
 * `rate-exceeded`. Links count for themselves, and health is always answered.
 */
export function shedLoad(app: FastifyInstance, { connections, rate, pressure }: Limits): void {
  boundConnections(app, connections)
  if (pressure !== undefined) shedUnderPressure(app, pressure)
  if (rate > 0) boundRate(app, rate)
}

function shedUnderPressure(app: FastifyInstance, { everyMs, delayMs, heapPercent }: Pressure): void {
  if (delayMs === 0 && heapPercent === 0) return
  void app.register(underPressure, {
    maxEventLoopDelay: delayMs,
    maxHeapUsedBytes: (getHeapStatistics().heap_size_limit * heapPercent) / 100,
    sampleInterval: everyMs,
    pressureHandler(request, reply, type, value) {
      if (isOwn(request)) return undefined
      void reply.header('retry-after', Math.ceil(everyMs / 1000))
      const what =
        type === underPressure.TYPE_EVENT_LOOP_DELAY
          ? `a turn of the event loop takes ${Math.round(value ?? 0)} ms, and ${delayMs} are allowed`
          : `more than ${heapPercent} % of the heap is in use`
      return Promise.reject(new ProblemError('overloaded', what))
    }
  })
}

function boundRate(app: FastifyInstance, rate: number): void {
  const max = rate * RATE_SECONDS
  void app.register(rateLimit, { global: false, max, timeWindow: RATE_SECONDS * 1000 })
  let counted: Readonly<Record<'links' | 'others', ReturnType<FastifyInstance['createRateLimit']>>> | undefined
  app.addHook('onRequest', async (request: FastifyRequest, reply) => {
    const isOfLink = isLink(request)
    if (!isOfLink && isOwn(request)) return
    // Known once the plugin is loaded. Options of its own give a limiter counters of its own.
    counted ??= { links: app.createRateLimit({}), others: app.createRateLimit({}) }
    const count = await counted[isOfLink ? 'links' : 'others'](request)
    if (count.isAllowed || !count.isExceeded) return
    void reply.header('retry-after', count.ttlInSeconds)
    const detail = `${request.ip} has sent more than ${max} requests in ${RATE_SECONDS} s`
    throw new ProblemError('rate-exceeded', detail)
  })
}
