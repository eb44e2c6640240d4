import type { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import type { Resource } from '@opentelemetry/resources'
import type { Span } from './spans.ts'

/** What sends spans away, and where they go. Loaded when the first span is there: who exports nothing loads nothing. */
type Sender = Awaited<ReturnType<typeof loadSender>>
type ReadableSpan = Parameters<OTLPTraceExporter['export']>[0][number]

export interface SpanExportOptions {
  /** Base URL of the collector, as `OTEL_EXPORTER_OTLP_ENDPOINT` has it: spans go to `/v1/traces` there. */
  readonly endpoint: string
  /** `service.name`. */
  readonly service: string
  readonly release: string
  /** Wall time of nanosecond 0 of the spans' clock, ms since 1970. */
  readonly epochMs: number
  /** Told once when spans cannot be exported, and not again before one batch was. */
  readonly trouble: (error: unknown) => void
  /** How long is waited for the collector; `PATIENCE` unless said. */
  readonly patience?: Patience
}

/** In ms: how long a batch may take, with all its repeats, and how long the last ones may when the service ends. */
export interface Patience {
  readonly batchMs: number
  readonly lastMs: number
}
const PATIENCE: Patience = { batchMs: 5000, lastMs: 1000 }

/** Spans that wait, at most; what comes on top is dropped, and counted. */
const MOST_WAITING = 8192
const BATCH = 512
const PAUSE_MS = 1000

/**
 * Sends spans to an OTLP collector in batches, one at a time. Nobody waits for it: what the collector is too slow for is
 * dropped and counted.
 */
export class SpanExport {
  exported = 0
  dropped = 0
  readonly #options: SpanExportOptions
  #waiting: Span[] = []
  #timer: NodeJS.Timeout | undefined
  #sending: Promise<void> | undefined
  #sender: Promise<Sender> | undefined
  #isTroubled = false
  #isClosed = false
  /** Spans that are being sent. */
  #underWay = 0

  constructor(options: SpanExportOptions) {
    this.#options = options
  }

  /** How many wait to be sent. */
  get waiting(): number {
    return this.#waiting.length
  }

  add(span: Span): void {
    if (this.#waiting.length >= MOST_WAITING || this.#isClosed) {
      this.dropped++
      return
    }
    this.#waiting.push(span)
    if (this.#sending !== undefined) return
    if (this.#waiting.length >= BATCH) this.#send()
    else this.#timer ??= setTimeout(() => this.#send(), PAUSE_MS).unref()
  }

  /** Sends what waits, as long as the last ones may take. */
  async close(): Promise<void> {
    this.#isClosed = true
    const { lastMs } = this.#options.patience ?? PATIENCE
    let late: NodeJS.Timeout | undefined
    const enough = new Promise<void>((resolve) => (late = setTimeout(resolve, lastMs)))
    await Promise.race([this.#sendAll(), enough])
    clearTimeout(late)
    // Whether those under way arrive nobody will hear any more.
    this.dropped += this.#waiting.length + this.#underWay
    this.#waiting = []
    this.#underWay = 0
    if (this.#sender !== undefined) void this.#sender.then(({ exporter }) => exporter.shutdown()).catch(() => undefined)
  }

  async #sendAll(): Promise<void> {
    while (this.#sending !== undefined || this.#waiting.length > 0) {
      this.#send()
      await this.#sending
    }
  }

  #send(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#sending !== undefined || this.#waiting.length === 0) return
    const batch = this.#waiting.splice(0, BATCH)
    this.#underWay = batch.length
    this.#sending = this.#export(batch).finally(() => {
      this.#sending = undefined
      if (this.#waiting.length === 0 || this.#isClosed) return
      if (this.#waiting.length >= BATCH) this.#send()
      else this.#timer ??= setTimeout(() => this.#send(), PAUSE_MS).unref()
    })
  }

  async #export(batch: readonly Span[]): Promise<void> {
    try {
      const sender = await (this.#sender ??= loadSender(this.#options))
      await sender.send(batch)
      this.exported += this.#underWay
      this.#underWay = 0
      this.#isTroubled = false
    } catch (error) {
      this.dropped += this.#underWay
      this.#underWay = 0
      if (!this.#isTroubled) this.#options.trouble(error)
      this.#isTroubled = true
    }
  }
}

async function loadSender({ endpoint, service, release, epochMs, patience = PATIENCE }: SpanExportOptions) {
  const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-proto')
  const { resourceFromAttributes } = await import('@opentelemetry/resources')
  const { createTraceState, SpanKind, SpanStatusCode } = await import('@opentelemetry/api')
  const url = `${endpoint.replace(/\/$/, '')}/v1/traces`
  const exporter = new OTLPTraceExporter({ url, timeoutMillis: patience.batchMs })
  const resource: Resource = resourceFromAttributes({ 'service.name': service, 'service.version': release })
  const kinds = {
    client: SpanKind.CLIENT,
    producer: SpanKind.PRODUCER,
    server: SpanKind.SERVER,
    internal: SpanKind.INTERNAL
  }

  const readable = (told: Span): ReadableSpan => {
    const { name, kind, trace, span, parent, isParentRemote, state, since, until, attributes, failure } = told
    const context = {
      traceId: trace,
      traceFlags: 1,
      ...(state === undefined ? {} : { traceState: createTraceState(state) })
    }
    return {
      name,
      kind: kinds[kind],
      spanContext: () => ({ ...context, spanId: span }),
      ...(parent === undefined ? {} : { parentSpanContext: { ...context, spanId: parent, isRemote: isParentRemote } }),
      startTime: hrTime(epochMs, since),
      endTime: hrTime(epochMs, until),
      duration: hrTime(0, until - since),
      status: failure === undefined ? { code: SpanStatusCode.UNSET } : { code: SpanStatusCode.ERROR, message: failure },
      attributes: { ...attributes },
      links: [],
      events: [],
      ended: true,
      resource,
      instrumentationScope: { name: 'seabus', version: release },
      droppedAttributesCount: 0,
      droppedEventsCount: 0,
      droppedLinksCount: 0
    }
  }

  const send = (batch: readonly Span[]) =>
    new Promise<void>((resolve, reject) =>
      exporter.export(batch.map(readable), ({ code, error }) => {
        if (Number(code) === TAKEN) resolve()
        else reject(error ?? new Error('the collector took no spans'))
      })
    )
  return { exporter, send }
}

/** `ExportResultCode.SUCCESS` of OpenTelemetry. */
const TAKEN = 0
const NS = 1_000_000_000

/** Nanoseconds behind a wall time, as OpenTelemetry has it: seconds and nanoseconds. */
function hrTime(epochMs: number, ns: number): [seconds: number, nanos: number] {
  const wholeMs = Math.floor(epochMs)
  const nanos = (wholeMs % 1000) * 1_000_000 + Math.round((epochMs - wholeMs) * 1_000_000) + Math.round(ns % NS)
  return [Math.floor(wholeMs / 1000) + Math.floor(ns / NS) + Math.floor(nanos / NS), nanos % NS]
}
