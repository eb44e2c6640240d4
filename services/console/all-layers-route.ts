import type { FastifyInstance } from 'fastify'
import type { ModelledLayer } from '../../shared/contracts/layer.ts'
import { json, operation } from '../../shared/service/describing/operation.ts'
import { servedAt } from '../../shared/service/origin.ts'
import { whyUnreached } from '../../shared/transport/why-unreached.ts'
import { unified, type ApiDocument } from './all-layers.ts'
import type { LayerUrls } from './layer-urls.ts'

const PATIENCE_MS = 5000
const SCHEMA = operation({
  id: 'getOpenApiOfAll',
  summary: 'The APIs of the console and of all layers as one OpenAPI 3.1 document',
  tags: ['service'],
  answers: {
    200: json({ type: 'object', description: 'an OpenAPI document', additionalProperties: true }, 'The document')
  }
})

/** `GET /openapi-all.json`: as the services describe themselves now; one that does not is named in the description. */
export function allLayersRoute(app: FastifyInstance, layers: LayerUrls, fetch: typeof globalThis.fetch): void {
  app.get('/openapi-all.json', { schema: SCHEMA }, async (request, reply) => {
    const told = await Promise.all(
      Object.entries(layers).map(
        async ([layer, url]) => [layer as ModelledLayer, await documentAt(url, fetch)] as const
      )
    )
    const document = unified(app.swagger() as object as ApiDocument, Object.fromEntries(told))
    return reply.type('application/json; charset=utf-8').send(JSON.stringify(servedAt(document, request)))
  })
}

/** What a service says of itself, or why there is nothing. */
async function documentAt(url: string, fetch: typeof globalThis.fetch): Promise<ApiDocument | string> {
  try {
    const response = await fetch(`${url}/openapi.json`, { signal: AbortSignal.timeout(PATIENCE_MS) })
    if (!response.ok) {
      await response.body?.cancel()
      return `someone else's, who answers ${response.status} instead of describing it`
    }
    const document = (await response.json()) as ApiDocument
    const isOpenApi = typeof document.paths === 'object' && String(document['openapi']).startsWith('3.1')
    return isOpenApi ? document : `someone else's, whose document is not of OpenAPI 3.1`
  } catch (error) {
    return `not there (${whyUnreached(error)})`
  }
}
