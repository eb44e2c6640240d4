import type { Layer } from '../../contracts/layer.ts'
import { RELEASE } from '../../contracts/release.ts'
import { EnvironmentError, type Environment } from '../read-variable.ts'
import { SpanExport } from './span-export.ts'

export interface SpanExportPorts {
  readonly service: Layer
  /** Wall time of nanosecond 0 of the spans' clock, ms since 1970. */
  readonly epochMs: number
  readonly warn: (text: string) => void
}

/** Where spans go, if `OTEL_EXPORTER_OTLP_ENDPOINT` says so. Throws EnvironmentError when that is no HTTP URL. */
export function spansFromEnv(env: Environment, { service, epochMs, warn }: SpanExportPorts): SpanExport | undefined {
  const endpoint = env['OTEL_EXPORTER_OTLP_ENDPOINT'] ?? ''
  if (endpoint === '') return undefined
  if (!URL.canParse(endpoint) || !/^https?:$/.test(new URL(endpoint).protocol)) {
    throw new EnvironmentError(`OTEL_EXPORTER_OTLP_ENDPOINT must be an http or https URL, not ${endpoint}`)
  }
  const trouble = (error: unknown) => warn(`no spans reach ${endpoint}: ${(error as Error).message}`)
  return new SpanExport({ endpoint, service: `seabus-${service}`, release: RELEASE, epochMs, trouble })
}
