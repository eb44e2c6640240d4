import type { Metric, Registry } from 'prom-client'
import { BOUNDS, Durations } from './durations.ts'
import type { Family, Sample } from './families/family.ts'

/** The text format that Prometheus reads. */
export const METRICS_MEDIA_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

/** All that a service counts, and how its process does, as text. The library is loaded when somebody first asks. */
export async function metricsText<Of>(families: readonly Family<Of>[], of: Of): Promise<string> {
  const { Registry } = await import('prom-client')
  const own = new Registry()
  for (const family of families) own.registerMetric(metricOf(family, family.read(of)))
  const process = await ofProcess()
  return (await own.metrics()) + (await process.metrics())
}

let process: Promise<Registry> | undefined

/** What is the same for all services of one process. Its collectors run for ever, so there is one set of them. */
function ofProcess(): Promise<Registry> {
  process ??= import('prom-client').then(({ Registry, collectDefaultMetrics }) => {
    const register = new Registry()
    collectDefaultMetrics({ register })
    return register
  })
  return process
}

/** As the library holds a metric: it only asks for its values. */
function metricOf({ name, type, help }: Family<never>, samples: readonly Sample[]): Metric {
  const values = samples.flatMap((sample) => valuesOf(name, sample))
  const metric = { name, help, type, aggregator: 'sum', values }
  return { name, help, type, aggregator: 'sum', get: () => Promise.resolve(metric) } as unknown as Metric
}

interface Value {
  readonly metricName?: string
  readonly labels: Readonly<Record<string, string | number>>
  readonly value: number
}

function valuesOf(name: string, { labels, value }: Sample): readonly Value[] {
  if (!(value instanceof Durations)) return [{ labels, value }]
  let count = 0
  const buckets = value.counts.map((of, at) => {
    count += of
    return { metricName: `${name}_bucket`, labels: { ...labels, le: BOUNDS[at] ?? '+Inf' }, value: count }
  })
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels, value: value.sumNs / 1e9 },
    { metricName: `${name}_count`, labels, value: count }
  ]
}
