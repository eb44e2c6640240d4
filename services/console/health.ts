import type { FastifyInstance } from 'fastify'
import type { Holding } from '../../shared/contracts/dead-letter.ts'
import { NOT_OFFERED } from '../../shared/transport/headers.ts'
import type { LayerUrls } from './layer-urls.ts'

/** `GET /health`: whether every service is well, and which machines wait for somebody to decide about a dead letter. */
export function healthRoute(app: FastifyInstance, layers: LayerUrls, fetch: typeof globalThis.fetch): void {
  const schema = { summary: 'Whether every service is well', tags: ['console'] }
  app.get('/health', { schema }, async (_request, reply) => {
    const states = await Promise.all(
      Object.entries(layers).map(async ([layer, url]) => ({ layer, ...(await healthOf(url, fetch)) }))
    )
    const isWell = states.every(({ state }) => state === 'ok' || state === NOT_TOLD)
    return reply.code(isWell ? 200 : 503).send({
      status: isWell ? 'ok' : 'degraded',
      services: Object.fromEntries(states.map(({ layer, state }) => [layer, state])),
      holding: states.flatMap(({ holding }) => holding)
    })
  })
}

/** A layer that someone else serves need not say how it is; it keeps no journal then, and its neighbours do. */
const NOT_TOLD = 'answers, and does not say how it is'

interface Health {
  readonly state: string
  readonly holding: readonly Holding[]
}

async function healthOf(url: string, fetch: typeof globalThis.fetch): Promise<Health> {
  try {
    const response = await fetch(`${url}/health`)
    if (NOT_OFFERED.has(response.status)) return { state: NOT_TOLD, holding: [] }
    const told = (await response.json().catch(() => undefined)) as Told | undefined
    const holding = told?.deadLetters?.holding
    const state = response.ok ? 'ok' : `answers ${response.status}`
    return { state, holding: Array.isArray(holding) ? holding : [] }
  } catch {
    return { state: 'unreachable', holding: [] }
  }
}

/** What a service of ours says. */
interface Told {
  readonly deadLetters?: { readonly holding?: readonly Holding[] }
}
