import type { ModelledLayer } from '../../shared/contracts/layer.ts'
import { NOT_OFFERED } from '../../shared/transport/headers.ts'
import type { LayerUrls } from './layer-urls.ts'

/** What `GET /health/ready` of the console says: it is ready when all services are. */
export interface ConsoleReadiness {
  readonly ready: boolean
  readonly why: readonly string[]
  /** As each says it; of someone else's, which need not say it, that it answers. */
  readonly services: Readonly<Record<string, unknown>>
}

/** A service that is slower than this to say how it is is not ready. */
const PATIENCE_MS = 3000

export async function consoleReadiness(layers: LayerUrls, fetch: typeof globalThis.fetch): Promise<ConsoleReadiness> {
  const told = await Promise.all(
    Object.entries(layers).map(async ([layer, url]) => {
      const state = await readinessAt(url, fetch)
      return { layer: layer as ModelledLayer, ...state }
    })
  )
  const why = told.flatMap(({ layer, why: reasons }) => reasons.map((reason) => `${layer}: ${reason}`))
  return { ready: why.length === 0, why, services: Object.fromEntries(told.map(({ layer, said }) => [layer, said])) }
}

async function readinessAt(
  url: string,
  fetch: typeof globalThis.fetch
): Promise<{ readonly said: unknown; readonly why: readonly string[] }> {
  const unreachable = { said: { ready: false }, why: [`nobody answers at ${url}`] }
  try {
    const response = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(PATIENCE_MS) })
    if (NOT_OFFERED.has(response.status)) {
      await response.body?.cancel()
      return { said: { ready: true, told: false }, why: [] }
    }
    const said = (await response.json().catch(() => undefined)) as { readonly why?: readonly string[] } | undefined
    if (response.ok) return { said, why: [] }
    const why =
      Array.isArray(said?.why) && said.why.length > 0 ? said.why.map(String) : [`it answers ${response.status}`]
    return { said, why }
  } catch {
    return unreachable
  }
}
