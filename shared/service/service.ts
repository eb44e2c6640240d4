import websocket from '@fastify/websocket'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import { LAYERS, type Layer } from '../contracts/layer.ts'
import type { MessageType } from '../contracts/message.ts'
import { ACCEPTS } from '../contracts/registry.ts'
import { realClock, type Clock } from '../engine/clock.ts'
import { jsonCodec } from '../engine/codec.ts'
import { Ageing } from '../engine/ageing.ts'
import { Engine } from '../engine/engine.ts'
import { Journal } from '../engine/journal.ts'
import type { Beside, Inside } from './beside.ts'
import { deleteMachineRoute } from './delete-machine.ts'
import { TEXT_MAX_BYTES } from '../transport/link-frames.ts'
import { ALLOWED_BY_DEFAULT, AllowedAddresses } from '../transport/allowed-addresses.ts'
import { withAddresses } from './given-address.ts'
import { httpApp } from './http-app.ts'
import { webSockets } from './web-sockets.ts'
import { deadLetterRoutes } from './dead-letter-routes.ts'
import { DEFAULT_LIMITS, type Limits } from './limits.ts'
import { linkRoute } from './link-route.ts'
import { noTransport, type Transport } from '../transport/transport.ts'
import type { Doors } from './doors.ts'
import type { ReadRoute } from './read-route.ts'
import type { Link } from './curl-links.ts'
import { messageRoutes } from './message-routes.ts'
import { quiescenceRoute } from './quiescence-route.ts'
import type { QmpPlaces } from './qmp-places.ts'
import { readRoutes } from './read-routes.ts'
import { RULES } from './describing/rules.ts'
import { settledRoutes } from './settled.ts'
import { answerSocketError } from './socket-errors.ts'
import { systemRoutes } from './system-routes.ts'
import { DEFAULT_RETENTION, type Retention } from '../engine/retention.ts'
import type { Defaults } from '../engine/ports.ts'
import { memoryStore, type Store } from '../engine/store.ts'
import { HttpCounts } from './watching/http-counts.ts'
import { Neighbours, probeBy, type Probe } from './watching/neighbours.ts'
import { serviceWatched } from './watching/service-watched.ts'
import type { SpanExport } from './watching/span-export.ts'
import { Watch } from './watching/watch.ts'
import { watchRoutes } from './watching/watch-routes.ts'
import type { AnyModel } from '../model/step.ts'

/** What a service gets from where it runs: `environment.ts` makes it of the environment's variables. */
export interface ServicePorts {
  readonly clock?: Clock
  readonly store?: Store
  readonly transport?: Transport
  /** Where services may be whose address comes with a message; by default on this machine or our neighbours' network. */
  readonly addresses?: AllowedAddresses
  /** Without one only defects are told, on standard error. */
  readonly logger?: FastifyBaseLogger
  /** Machines that exist from the start; default `m0`. */
  readonly machines?: readonly string[]
  /** How much of what has happened is kept; what is absent is as in `DEFAULT_RETENTION`. */
  readonly retention?: Partial<Retention>
  /** Who may come in; by default whoever calls by a name of the loopback. */
  readonly doors?: Doors
  /** How much is taken on at a time; by default what `limits.ts` has, whatever the process has to do. */
  readonly limits?: Limits
  /** Where spans go; absent: nobody asks for them. */
  readonly spans?: SpanExport
  /** How a neighbour to which nothing was sent is looked at; by default over HTTP. */
  readonly probe?: Probe
  /** How the neighbours are read, showing what they ask for. */
  readonly fetch?: typeof globalThis.fetch
  /** Fields that a message has unless it says otherwise. */
  readonly defaults?: Defaults
  /** Where VMs have their monitors; absent: nowhere. */
  readonly qmp?: QmpPlaces | undefined
}

/** What a service is. */
export interface ServiceOptions extends ServicePorts {
  readonly model: AnyModel
  /** One sentence for `GET /` and the API's page. */
  readonly summary?: string
  /** Default: all that the registry of contracts has for this layer. */
  readonly accepts?: readonly MessageType[]
  /** Default: the registry of contracts. Sending anything else is a defect. */
  readonly sends?: readonly MessageType[]
  /** The layers that its messages go to: it is ready when those answer. */
  readonly sendsTo?: readonly Layer[]
  /** What can be read of what the model shows of its state. */
  readonly reads?: readonly ReadRoute<unknown>[]
  /** More lines for `GET /`. */
  readonly links?: (origin: string) => readonly Link[]
  /** What serves others than HTTP does. */
  readonly beside?: (inside: Inside) => Beside
}

/**
 * A layer's model as an HTTP service. What it accepts, reads and sends comes from the contracts; nothing of its
 * behaviour is here. Not listening yet: `listen.ts` does that, tests use `inject`.
 */
export function buildService(options: ServiceOptions): FastifyInstance {
  const { model, reads = [], store = memoryStore(), transport = noTransport, logger } = options
  const { layer } = model
  const { limits = DEFAULT_LIMITS } = options
  const accepts = options.accepts ?? ACCEPTS[layer]
  const sends = options.sends ?? Object.values(ACCEPTS).flat()
  const clock = options.clock ?? realClock(store.epochMs)
  const ownUrls = () => LAYERS.map((each) => transport.urlOf(each) ?? '')
  const addresses = options.addresses ?? new AllowedAddresses(ALLOWED_BY_DEFAULT, ownUrls)
  const summary = options.summary ?? `The ${layer} layer`

  const about = { name: layer, description: `${summary}.\n${RULES}` }
  const { app, fault } = httpApp({ ...about, logger, doors: options.doors, limits })
  const http = new HttpCounts()
  http.watch(app)
  const now = () => clock.now()
  const { spans, sendsTo = [], fetch = globalThis.fetch } = options
  const neighbours = new Neighbours(() => transport.neighbours?.() ?? [], options.probe ?? probeBy(fetch))
  const watch = new Watch({ layer, now, logger, spans, neighbours })
  const retention = { ...DEFAULT_RETENTION, ...options.retention }
  const journal = new Journal(layer, retention)
  const engine = new Engine({
    model,
    accepts,
    sends,
    clock,
    store,
    transport: watch.transport(transport),
    journal: watch.journal(journal),
    positions: journal,
    retention,
    codec: jsonCodec,
    gather: (flush) => void setImmediate(flush),
    repeats: true,
    stateBytes: limits.stateBytes,
    defaults: options.defaults,
    traces: true,
    ...(watch.arrived === undefined ? {} : { arrived: watch.arrived }),
    fault
  })

  const expire = () => {
    journal.expire(now())
    engine.expire()
  }
  const ageing = new Ageing({ clock, ageNs: retention.ageNs, expire })

  const warn = (text: string) => logger?.warn(text)
  const view = (state: unknown) => model.view(state)
  const beside = options.beside?.({ engine, journal, view, epochMs: clock.epochMs, warn, qmp: options.qmp })

  void app.register(websocket, { errorHandler: answerSocketError, options: webSockets(TEXT_MAX_BYTES) })
  void app.register(async (scope) => {
    const links = options.links ?? (() => [])
    const urlOf = (to: Layer) => transport.urlOf(to)
    const follow = { layer, engine, journal, epochMs: clock.epochMs, urlOf, fetch }
    const asksToken = options.doors?.token !== undefined
    systemRoutes(scope, { layer, summary, engine, journal, clock, accepts, reads, links, limits, asksToken })
    deleteMachineRoute(scope, engine)
    quiescenceRoute(scope, engine)
    deadLetterRoutes(scope, engine)
    const watched = { layer, now, engine, journal, store, http, watch, sendsTo, spans, urlOf }
    watchRoutes(scope, serviceWatched(watched))
    settledRoutes(scope, follow)
    messageRoutes(scope, { ...follow, addresses, defaults: options.defaults }, accepts)
    linkRoute(scope, {
      layer,
      accepts,
      inbox: withAddresses(engine, accepts, addresses),
      max: limits.links,
      fault
    })
    readRoutes(scope, engine, clock, reads, view)
    beside?.routes(scope)
  })

  app.addHook('onReady', async () => watch.start(() => engine.start(options.machines ?? ['m0'])))
  app.addHook('onReady', async () => ageing.start())
  if (beside !== undefined) {
    app.addHook('onReady', () => beside.start())
    app.addHook('preClose', async () => beside.close())
  }
  app.addHook('preClose', async () => journal.close())
  app.addHook('onClose', async () => {
    ageing.close()
    await transport.close()
    engine.close()
    await spans?.close()
  })
  return app
}
