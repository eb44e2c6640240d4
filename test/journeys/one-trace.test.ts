import t from 'tap'
import type { Entry } from '../../shared/trace/entry.ts'
import { SpanExport } from '../../shared/service/watching/span-export.ts'
import { otlpReceiver, PATIENT, type ReceivedSpan } from '../support/otlp-receiver.ts'
import { request } from '../support/requests.ts'
import { services } from '../support/services.ts'

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const CALLER = '00f067aa0ba902b7'
const HEADERS = { traceparent: `00-${TRACE}-${CALLER}-01`, tracestate: 'mine=1' }

const receiver = await otlpReceiver()
t.teardown(receiver.close)
const exports: SpanExport[] = []
const spansTo = (service: string) => {
  const { url: endpoint } = receiver
  const made = new SpanExport({
    endpoint,
    service,
    release: '0',
    epochMs: 1000.5,
    trouble: (error) => t.fail(String(error)),
    patience: PATIENT
  })
  exports.push(made)
  return made
}

for (const over of ['links', 'posts'] as const) {
  void t.test(
    `over ${over}, a story across the services is one trace, whose spans have the right parents`,
    async (t) => {
      receiver.spans.length = 0
      exports.length = 0
      const { urls } = await services(t, { over, spans: spansTo })
      const body = { story: 'morse', machine: `one-trace-${over}` }
      const { json } = await request(`${urls.console}/v1/runs`, { body, headers: HEADERS })
      t.match(json, { asExpected: true })
      const journal = await request(`${urls.console}/v1/journal?machine=${body.machine}`)
      await Promise.all(exports.map((each) => each.close()))

      const spans = receiver.spans.filter(({ traceId }) => traceId === TRACE)
      const entries = journal.text
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Entry)
        .filter(({ kind }) => kind === 'message')
      const byId = new Map(spans.map((span) => [span.attributes['seabus.id'], span]))
      const bySpan = new Map(spans.map((span) => [span.spanId, span]))
      const run = spans.find(({ name }) => name === 'outside -> console run')

      t.strictSame([...receiver.types], ['application/x-protobuf'])
      t.equal(bySpan.size, spans.length, 'no span is told twice')
      t.match(run, { service: 'console', parentSpanId: CALLER, traceState: 'mine=1' })
      t.strictSame(
        new Set(entries.map(({ id, machine }) => `${machine} ${id}`)),
        new Set(
          spans
            .filter((span) => span !== run)
            .map(({ attributes }) => `${attributes['seabus.machine']} ${attributes['seabus.id']}`)
        ),
        'there is a span for each message of the journal, and no other'
      )
      for (const { id, cause, from, to, type, trace } of entries) {
        const span = byId.get(id) as ReceivedSpan
        const name = from === 'timer' ? `${to} timer ${type}` : `${from} -> ${to} ${type}`
        t.equal(span.name, name)
        t.equal(trace, TRACE)
        t.ok(span.endTimeUnixNano >= span.startTimeUnixNano, name)
        const parent = from === 'outside' ? run : byId.get(cause?.replace(/\.a$/, ''))
        t.equal(span.parentSpanId, parent?.spanId, `${name} has the parent that its cause says`)
      }
      t.match(
        spans.find(({ name }) => name === 'hardware -> firmware exception.take'),
        { service: 'hardware', kind: 'SPAN_KIND_PRODUCER' }
      )
      t.ok(
        spans.some(({ name, attributes }) => name.startsWith('vmm -> policy') && attributes['seabus.vm'] !== undefined)
      )
    }
  )
}
