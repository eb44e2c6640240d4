import type { FastifyInstance } from 'fastify'
import { NOT_OFFERED } from '../../shared/transport/headers.ts'
import type { LayerUrls } from './layer-urls.ts'

/** `GET /health`: whether every service is well. */
export function healthRoute(app: FastifyInstance, layers: LayerUrls, fetch: typeof globalThis.fetch): void {
  const schema = { summary: 'Whether every service is well', tags: ['console'] }
  app.get('/health', { schema }, async (_request, reply) => {
    const states = await Promise.all(
      Object.entries(layers).map(async ([layer, url]) => [layer, await healthOf(url, fetch)] as const)
    )
    const isWell = states.every(([, state]) => state === 'ok' || state === NOT_TOLD)
    return reply
      .code(isWell ? 200 : 503)
      .send({ status: isWell ? 'ok' : 'degraded', services: Object.fromEntries(states) })
  })
}

/** A layer that someone else serves need not say how it is; it keeps no journal then, and its neighbours do. */
const NOT_TOLD = 'answers, and does not say how it is'

async function healthOf(url: string, fetch: typeof globalThis.fetch): Promise<string> {
  try {
    const response = await fetch(`${url}/health`)
    if (NOT_OFFERED.has(response.status)) return NOT_TOLD
    return response.ok ? 'ok' : `answers ${response.status}`
  } catch {
    return 'unreachable'
  }
}
