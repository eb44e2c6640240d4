import type { Layer } from '../../contracts/layer.ts'
import { HOLDING_NAMED } from '../../engine/dead-letters.ts'
import type { Engine } from '../../engine/engine.ts'
import type { Journal } from '../../engine/journal.ts'
import type { Store } from '../../engine/store.ts'
import type { HttpCounts } from './http-counts.ts'
import { SERVICE_FAMILIES } from './families/service.ts'
import type { ServiceSources } from './families/sources.ts'
import { readinessOf } from './readiness.ts'
import type { SpanExport } from './span-export.ts'
import type { Watch } from './watch.ts'
import type { WatchParts } from './watch-routes.ts'

export interface ServiceParts {
  readonly layer: Layer
  /** Nanoseconds of the service's clock. */
  readonly now: () => number
  readonly engine: Engine
  readonly journal: Journal
  readonly store: Store
  readonly http: HttpCounts
  readonly watch: Watch
  readonly sendsTo: readonly Layer[]
  readonly spans: SpanExport | undefined
  readonly urlOf: (to: Layer) => string | undefined
}

/** Where the routes of a service that runs a model get what they tell whoever watches it. */
export function serviceWatched(parts: ServiceParts): WatchParts<ServiceSources> {
  const { layer, now, engine, journal, store, http, watch, sendsTo, spans, urlOf } = parts
  const { counts, deliveries, neighbours } = watch
  return {
    readiness: () =>
      readinessOf({
        service: layer,
        now,
        sendsTo,
        urlOf,
        neighbours,
        deliveries,
        storageTrouble: () => engine.standing.storageTrouble(),
        deadLetters: () => engine.deadLetters.count(),
        holding: () => engine.deadLetters.holding(HOLDING_NAMED),
        faults: () => engine.standing.faults(),
        full: () => engine.standing.full()
      }),
    families: SERVICE_FAMILIES,
    sources: () => {
      const { rows, bytes } = store.size?.() ?? {}
      return {
        service: layer,
        http,
        spans,
        now,
        counts,
        deliveries,
        neighbours,
        sendsTo,
        restartSeconds: watch.restartSeconds,
        quiescence: engine.standing.counts(),
        machines: {
          count: engine.machines().length,
          stopped: engine.standing.faults().length,
          full: engine.standing.full().length
        },
        journal,
        deadLetters: engine.deadLetters.count(),
        holding: engine.deadLetters.holding().length,
        store: { isWell: engine.standing.storageTrouble() === undefined, rows, bytes }
      }
    }
  }
}
