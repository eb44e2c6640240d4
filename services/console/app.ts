import proxy from '@fastify/http-proxy'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import type { Layer } from '../../shared/contracts/layer.ts'
import { systemOfServices } from '../../shared/machine-room/over-http.ts'
import { httpApp } from '../../shared/service/http-app.ts'
import { problemsRoute } from '../../shared/service/system-routes.ts'
import { healthRoute } from './health.ts'
import { indexRoute } from './front-page.ts'
import { journalRoute } from './journal.ts'
import { layerUrls } from './layer-urls.ts'
import { runRoutes } from './runs.ts'

export interface ConsolePorts {
  /** Where the layers are served. */
  readonly urls: Readonly<Partial<Record<Layer, string>>>
  /** A name for the machine of a run that names none; must be new each time. */
  readonly newMachine: () => string
  readonly logger?: FastifyBaseLogger
}

/** The console: merges the journals, runs scenarios, and is the front door to every service. It changes nothing itself. */
export function buildConsole({ urls, newMachine, logger }: ConsolePorts): FastifyInstance {
  const layers = layerUrls(urls)
  const { app } = httpApp({
    name: 'console',
    description: 'Merged journal, scenarios, front door',
    logger,
    // The front doors to the services have no tags: each service describes itself.
    hideUntagged: true,
    exposeHeadRoutes: true
  })
  for (const [layer, upstream] of Object.entries(layers)) {
    void app.register(proxy, { upstream, prefix: `/services/${layer}`, http2: false })
  }
  void app.register(async (scope) => {
    indexRoute(scope)
    healthRoute(scope, layers)
    journalRoute(scope, layers)
    scope.get('/openapi.json', { schema: { hide: true } }, () => scope.swagger())
    problemsRoute(scope)
  })
  void app.register(async (scope) => runRoutes(scope, { layers, system: systemOfServices(layers), newMachine }))
  return app
}
