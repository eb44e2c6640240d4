import type { FastifyInstance } from 'fastify'
import type { Holding } from '../../shared/contracts/dead-letter.ts'
import { json, operation } from '../../shared/service/describing/operation.ts'
import { notNow } from '../../shared/service/problems.ts'
import { NOT_OFFERED } from '../../shared/transport/headers.ts'
import type { LayerUrls } from './layer-urls.ts'
import { SystemHealth } from './replies.ts'

/**
 * `GET /health`: whether every service is well, which machines wait for somebody to decide about a dead letter, and how many
 * letters there are at all, by the services that hold them.
 */
export function healthRoute(app: FastifyInstance, layers: LayerUrls, fetch: typeof globalThis.fetch): void {
  const schema = operation({
    id: 'getHealth',
    summary: 'Whether every service is well',
    tags: ['service'],
    answers: { 200: json(SystemHealth, 'They are'), 503: json(SystemHealth, 'One is not') }
  })
  app.get('/health', { schema }, async (_request, reply) => {
    const states = await Promise.all(
      Object.entries(layers).map(async ([layer, url]) => ({ layer, ...(await healthOf(url, fetch)) }))
    )
    const isWell = states.every(({ state }) => state === 'ok' || state === NOT_TOLD)
    return (isWell ? reply : notNow(reply)).send({
      status: isWell ? 'ok' : 'degraded',
      services: Object.fromEntries(states.map(({ layer, state }) => [layer, state])),
      deadLetters: {
        count: states.reduce((sum, { letters }) => sum + letters, 0),
        services: Object.fromEntries(states.filter(({ letters }) => letters > 0).map((one) => [one.layer, one.letters]))
      },
      holding: states.flatMap(({ holding }) => holding)
    })
  })
}

/** A layer that someone else serves need not say how it is; it keeps no journal then, and its neighbours do. */
const NOT_TOLD = 'answers, and does not say how it is'

interface Health {
  readonly state: string
  /** How many it holds. */
  readonly letters: number
  readonly holding: readonly Holding[]
}

async function healthOf(url: string, fetch: typeof globalThis.fetch): Promise<Health> {
  try {
    const response = await fetch(`${url}/health`)
    if (NOT_OFFERED.has(response.status)) {
      await response.body?.cancel()
      return { state: NOT_TOLD, letters: 0, holding: [] }
    }
    const told = (await response.json().catch(() => undefined)) as Told | undefined
    const { count, holding } = told?.deadLetters ?? {}
    const state = response.ok ? 'ok' : `answers ${response.status}`
    const letters = typeof count === 'number' ? count : 0
    return { state, letters, holding: Array.isArray(holding) ? holding : [] }
  } catch {
    return { state: 'unreachable', letters: 0, holding: [] }
  }
}

/** What a service of ours says. */
interface Told {
  readonly deadLetters?: { readonly count?: number; readonly holding?: readonly Holding[] }
}
