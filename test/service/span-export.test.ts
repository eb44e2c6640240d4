import t from 'tap'
import { SpanExport } from '../../shared/service/watching/span-export.ts'
import { spansFromEnv } from '../../shared/service/watching/spans-from-env.ts'
import type { Span } from '../../shared/service/watching/spans.ts'
import { otlpReceiver, PATIENT } from '../support/otlp-receiver.ts'
import { ask } from './http.ts'
import { samplesOf } from '../support/metrics.ts'
import { vmmService } from './ping-service.ts'

const M = '/v1/machines/m0'
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const span = (at: number): Span => ({
  name: 'hardware -> firmware exception.take',
  kind: 'client',
  trace: TRACE,
  span: at.toString(16).padStart(16, '0'),
  parent: undefined,
  isParentRemote: false,
  state: undefined,
  since: 1_500_000_000,
  until: 1_500_000_250,
  attributes: { 'seabus.machine': 'm0' },
  failure: at % 2 === 0 ? undefined : 'field-invalid'
})
const exporting = (endpoint: string, trouble: (error: unknown) => void = () => undefined) =>
  new SpanExport({
    endpoint,
    service: 'seabus-vmm',
    release: '0',
    epochMs: 1_700_000_000_000.25,
    trouble,
    patience: PATIENT
  })

void t.test('a span arrives as it was, its times as nanoseconds since 1970', async (t) => {
  const receiver = await otlpReceiver()
  t.teardown(receiver.close)
  const exported = exporting(receiver.url)
  exported.add(span(1))
  exported.add(span(2))
  await exported.close()

  t.match(receiver.spans, [
    {
      service: 'seabus-vmm',
      name: 'hardware -> firmware exception.take',
      kind: 'SPAN_KIND_CLIENT',
      traceId: TRACE,
      spanId: '0000000000000001',
      parentSpanId: '',
      startTimeUnixNano: 1_700_000_001_500_250_000n,
      endTimeUnixNano: 1_700_000_001_500_250_250n,
      attributes: { 'seabus.machine': 'm0' },
      status: 'field-invalid'
    },
    { spanId: '0000000000000002', status: '' }
  ])
  t.match({ exported: exported.exported, dropped: exported.dropped }, { exported: 2, dropped: 0 })
})

void t.test('what is too much is dropped and counted, and what waits is bounded', async (t) => {
  const receiver = await otlpReceiver()
  t.teardown(receiver.close)
  const exported = exporting(receiver.url)
  for (let i = 0; i < 20_000; i++) exported.add(span(i))
  t.ok(exported.waiting <= 8192)
  const { dropped } = exported
  t.ok(dropped > 0)
  await exported.close()
  t.equal(exported.exported + exported.dropped, 20_000)
})

void t.test('a collector that takes nothing is told of once, and nobody waits for it', async (t) => {
  const receiver = await otlpReceiver(() => 400)
  t.teardown(receiver.close)
  const troubles: unknown[] = []
  const exported = exporting(receiver.url, (error) => troubles.push(error))
  for (let i = 0; i < 1500; i++) exported.add(span(i))
  await exported.close()
  t.equal(troubles.length, 1)
  t.equal(exported.exported, 0)
  t.equal(exported.dropped, 1500)
})

void t.test('a trace that is not sampled has no spans, and the metrics count those that there are', async (t) => {
  const receiver = await otlpReceiver()
  const spans = exporting(receiver.url)
  const vmm = vmmService({ spans })
  t.teardown(() => Promise.all([vmm.close(), receiver.close()]))
  const traced = (flags: string) => ({ traceparent: `00-${TRACE}-00f067aa0ba902b7-${flags}` })
  await ask(vmm, 'POST', `${M}/sums/a`, { value: '0x3' }, { ...traced('00'), 'idempotency-key': 'silent' })
  await ask(vmm, 'POST', `${M}/sums/a`, { value: '0x3' }, { ...traced('01'), 'idempotency-key': 'told' })
  await spans.close()

  const ids = receiver.spans.map(({ attributes }) => attributes['seabus.id'])
  t.ok(ids.includes('told'))
  t.notOk(ids.includes('silent'))
  const samples = samplesOf((await ask(vmm, 'GET', '/metrics')).text)
  t.equal(samples.get('seabus_spans_exported_total'), receiver.spans.length)
  t.equal(samples.get('seabus_spans_dropped_total'), spans.dropped)
})

void t.test('spans go nowhere unless an endpoint is named, which has to be an HTTP URL', async (t) => {
  const ports = { service: 'vmm', epochMs: 0, warn: () => undefined } as const
  t.equal(spansFromEnv({}, ports), undefined)
  t.equal(spansFromEnv({ OTEL_EXPORTER_OTLP_ENDPOINT: '' }, ports), undefined)
  t.ok(spansFromEnv({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' }, ports))
  for (const endpoint of ['4318', 'grpc://127.0.0.1:4317', 'localhost:4318']) {
    t.throws(
      () => spansFromEnv({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint }, ports),
      { message: /OTEL_EXPORTER_OTLP_ENDPOINT must be/ },
      endpoint
    )
  }
})
