import proxy from '@fastify/http-proxy'
import websocket from '@fastify/websocket'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import type { Layer } from '../../shared/contracts/layer.ts'
import type { Doors } from '../../shared/service/doors.ts'
import { DEFAULT_LIMITS as SERVICE_LIMITS, type Limits } from '../../shared/service/limits.ts'
import { httpApp } from '../../shared/service/http-app.ts'
import { fetchWith } from '../../shared/transport/authorization.ts'
import { webSockets } from '../../shared/service/web-sockets.ts'
import { answerSocketError } from '../../shared/service/socket-errors.ts'
import { openApiRoute, problemsRoute } from '../../shared/service/system-routes.ts'
import { HttpCounts } from '../../shared/service/watching/http-counts.ts'
import { HTTP_FAMILIES, type HttpSources } from '../../shared/service/watching/families/http.ts'
import type { SpanExport } from '../../shared/service/watching/span-export.ts'
import { watchRoutes } from '../../shared/service/watching/watch-routes.ts'
import { asyncApiRoute } from '../../shared/service/describing/async-document.ts'
import { allLayersRoute } from './all-layers-route.ts'
import { becameRoute } from './became-route.ts'
import { healthRoute } from './health.ts'
import { answerAbsent, headersOf } from './front-door.ts'
import { indexRoute } from './front-page.ts'
import { journalRoute } from './journal.ts'
import { layerUrls } from './layer-urls.ts'
import { machineRoutes } from './machines.ts'
import { makeMachineRoute } from './make-machine.ts'
import { offerRoutes } from './offers.ts'
import { consoleReadiness } from './readiness.ts'
import { docsRoutes } from './docs-routes.ts'
import { readPage } from './page.ts'
import { DEFAULT_LIMITS, type RunLimits } from './runs/limits.ts'
import { runsOf } from './runs/runs-of.ts'
import type { RunFile } from './runs/shelf.ts'
import { STREAMS } from './streams.ts'
import { SystemReadiness } from './replies.ts'
import { scenarioRoutes } from './scenario-routes.ts'

export interface ConsolePorts {
  /** Where the layers are served. */
  readonly urls: Readonly<Partial<Record<Layer, string>>>
  /** A name for the machine of a run that names none; must be new each time. */
  readonly newMachine: () => string
  /** How much is run at a time, for how long, and how much of it is kept. */
  readonly limits?: Partial<RunLimits>
  /** Where runs are kept; by default in this process. */
  readonly runFile?: RunFile | undefined
  readonly logger?: FastifyBaseLogger
  /** Who may come in; by default whoever calls by a name of the loopback. */
  readonly doors?: Doors
  /** How much is taken on at a time. */
  readonly serviceLimits?: Limits
  /** What the services ask for. */
  readonly token?: string | undefined
  /** Where spans go; absent: nobody asks for them. */
  readonly spans?: SpanExport | undefined
}

/** The console: merges the journals, runs scenarios, and is the front door to every service. It changes nothing itself. */
export function buildConsole({
  urls,
  newMachine,
  limits: given,
  runFile,
  serviceLimits = SERVICE_LIMITS,
  logger,
  doors,
  token,
  spans
}: ConsolePorts): FastifyInstance {
  const layers = layerUrls(urls)
  const limits = { ...DEFAULT_LIMITS, ...given }
  const fetch = fetchWith(token)
  const page = readPage()
  const { app, fault } = httpApp({
    name: 'console',
    description: 'Merged journal, scenarios, front door',
    logger,
    // The front doors to the services have no tags: each service describes itself.
    hideUntagged: true,
    exposeHeadRoutes: true,
    doors,
    limits: serviceLimits
  })
  // Nothing that is sent here over a WebSocket is read.
  void app.register(websocket, { errorHandler: answerSocketError, options: webSockets(1024) })
  const http = new HttpCounts()
  http.watch(app)
  for (const [layer, upstream] of Object.entries(layers)) {
    const prefix = `/services/${layer}`
    const replyOptions = { rewriteRequestHeaders: headersOf(token, prefix), onError: answerAbsent(layer, upstream) }
    void app.register(proxy, { upstream, prefix, http2: false, replyOptions })
  }
  void app.register(async (scope) => {
    indexRoute(scope, doors?.token !== undefined, page)
    healthRoute(scope, layers, fetch)
    watchRoutes<HttpSources>(scope, {
      readiness: () => consoleReadiness(layers, fetch),
      families: HTTP_FAMILIES,
      sources: () => ({ service: 'console', http, spans }),
      says: SystemReadiness
    })
    journalRoute(scope, layers, fetch, serviceLimits.readers)
    machineRoutes(scope, layers, fetch)
    makeMachineRoute(scope, layers, fetch)
    becameRoute(scope, layers, fetch)
    offerRoutes(scope, layers, fetch)
    openApiRoute(scope)
    allLayersRoute(scope, layers, fetch)
    asyncApiRoute(scope, () => ({ ...STREAMS, title: 'seabus console' }))
    problemsRoute(scope)
    docsRoutes(scope)
  })
  void app.register(async (scope) => scenarioRoutes(scope))
  runsOf(app, { layers, newMachine, limits, fetch, spans, fault, file: runFile, readers: serviceLimits.readers, page })
  app.addHook('onClose', async () => spans?.close())
  return app
}
