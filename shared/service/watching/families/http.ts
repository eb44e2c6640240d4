import type { Layer } from '../../../contracts/layer.ts'
import { RELEASE } from '../../../contracts/release.ts'
import type { HttpCounts } from '../http-counts.ts'
import { counted, maybe, type Family } from './family.ts'

/** What every HTTP server of ours can be asked. */
export interface HttpSources {
  readonly service: Layer
  readonly http: HttpCounts
  readonly spans: { readonly exported: number; readonly dropped: number } | undefined
}

/** Metrics of the console and of every service. */
export const HTTP_FAMILIES: readonly Family<HttpSources>[] = [
  {
    name: 'seabus_build_info',
    type: 'gauge',
    help: 'Always 1; which service this is, and of which release',
    labels: ['service', 'release'],
    read: ({ service }) => [{ labels: { service, release: RELEASE }, value: 1 }]
  },
  {
    name: 'seabus_http_request_duration_seconds',
    type: 'histogram',
    help: 'How long HTTP requests took until their answer had left, by route; those that found no route have none',
    labels: ['method', 'route', 'status'],
    read: ({ http }) => http.requests()
  },
  {
    name: 'seabus_problems_total',
    type: 'counter',
    help: 'HTTP requests that were answered with a problem, by its code',
    labels: ['code'],
    read: ({ http }) => counted(http.problems)
  },
  {
    name: 'seabus_spans_exported_total',
    type: 'counter',
    help: 'Spans that an OTLP collector has taken; absent where none is named',
    labels: [],
    read: ({ spans }) => maybe(spans?.exported)
  },
  {
    name: 'seabus_spans_dropped_total',
    type: 'counter',
    help: 'Spans that were not exported: the collector failed, or was slower than they came',
    labels: [],
    read: ({ spans }) => maybe(spans?.dropped)
  }
]
