import type { FastifyInstance } from 'fastify'
import { buildLayer } from '../../services/build-layer.ts'
import { buildConsole, type ConsolePorts } from '../../services/console/app.ts'
import { sqliteRunFile } from '../../services/console/runs/file-sqlite.ts'
import { START_ORDER } from '../../services/layers.ts'
import type { Layer, ModelledLayer } from '../../shared/contracts/layer.ts'
import type { PatienceMs } from '../../shared/transport/patience.ts'
import { postTransport } from '../../shared/transport/post.ts'
import { virtualClock, type VirtualClock } from '../../shared/engine/clock.ts'
import { linkTransport } from '../../shared/transport/link.ts'
import type { Retention } from '../../shared/engine/retention.ts'
import { sqliteStore } from '../../shared/engine/store-sqlite.ts'
import { systemOfServices } from '../../shared/machine-room/over-http.ts'
import { Token } from '../../shared/service/token.ts'
import { fetchWith } from '../../shared/transport/authorization.ts'
import type { QmpPlaces } from '../../shared/service/qmp-places.ts'
import type { SpanExport } from '../../shared/service/watching/span-export.ts'
import type { System } from '../../shared/machine-room/system.ts'

export interface ServicesOptions {
  /** Layers that someone else serves. */
  readonly replaced?: Readonly<Partial<Record<ModelledLayer, string>>>
  /** Machines that exist from the start; default m0. */
  readonly machines?: readonly string[]
  /** How the services reach each other: a WebSocket a pair as they do by themselves (the default), or one POST each. */
  readonly over?: 'links' | 'posts'
  /** Where the spans of each service go. */
  readonly spans?: (service: Layer) => SpanExport
  /** A directory with what the services have kept; nothing is kept without. */
  readonly data?: string
  /** How much of it is kept. */
  readonly retention?: Partial<Retention>
  /** What all of them ask for. */
  readonly token?: string
  /** For how long a message is tried that its receiver does not take. */
  readonly patience?: PatienceMs
  /** How much the console runs at a time, and for how long. */
  readonly limits?: ConsolePorts['limits']
  /** Where VMs have their monitors. */
  readonly qmp?: QmpPlaces
}

export interface Services {
  readonly urls: Readonly<Record<Layer, string>>
  /** Drives the services over HTTP; `advance` moves their clock. */
  readonly system: System
  /** The time of all services; moves only when told to. */
  readonly clock: VirtualClock
}

interface Teardown {
  teardown(close: () => Promise<unknown>): unknown
}

/**
 * All seven services in this process on free ports, with real HTTP between them and one clock that the test moves.
 * They close at the test's teardown.
 */
export async function services(
  t: Teardown,
  {
    replaced = {},
    machines = ['m0'],
    over = 'links',
    data,
    retention = {},
    token,
    limits = {},
    patience,
    spans,
    qmp
  }: ServicesOptions = {}
) {
  const clock = virtualClock()
  const transportOf = over === 'links' ? linkTransport : postTransport
  // Filled in as the services listen; nobody looks before a first message leaves.
  const urls: Partial<Record<Layer, string>> = { ...replaced }
  const apps: FastifyInstance[] = []
  t.teardown(() => Promise.all(apps.map((app) => app.close())))
  const serve = async (layer: Layer, app: FastifyInstance) => {
    apps.push(app)
    urls[layer] = await app.listen({ host: '127.0.0.1', port: 0 })
  }

  const fetch = fetchWith(token)
  const doors = { hosts: [], token: token === undefined ? undefined : new Token(token) }
  for (const layer of START_ORDER) {
    if (replaced[layer] !== undefined) continue
    const store = data === undefined ? {} : { store: sqliteStore(data, layer) }
    const told = spans === undefined ? {} : { spans: spans(layer) }
    await serve(
      layer,
      buildLayer(layer, {
        clock,
        machines: [],
        transport: transportOf({ from: layer, urls, token, patience }),
        doors,
        fetch,
        retention,
        qmp,
        ...store,
        ...told
      })
    )
  }
  let runs = 0
  const kept = data === undefined ? {} : { runFile: sqliteRunFile(data) }
  await serve(
    'console',
    buildConsole({
      urls,
      newMachine: () => `run-${++runs}`,
      limits,
      doors,
      token,
      spans: spans?.('console'),
      ...kept
    })
  )

  const all = urls as Readonly<Record<Layer, string>>
  const system = onClock(systemOfServices(all, { fetch }), clock)
  for (const machine of machines) await system.createMachine(machine)
  return { urls: all, system, clock } satisfies Services
}

/** A system whose time is moved instead of waited for: from timer to timer, with silence in between, as a bus does. */
function onClock(system: System, clock: VirtualClock): System {
  return {
    ...system,
    async advance(ns) {
      await system.settle()
      const until = clock.now() + ns
      for (let next = clock.nextTimer(); next !== undefined; next = clock.nextTimer()) {
        if (clock.now() + next > until) break
        clock.advance(next)
        await system.settle()
      }
      clock.advance(until - clock.now())
    }
  }
}
