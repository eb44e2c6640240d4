import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import protobuf from 'protobufjs'
import type { Patience } from '../../shared/service/watching/span-export.ts'

/** A span as the protocol's own definition reads it, ids as hexadecimal digits. */
export interface ReceivedSpan {
  readonly service: string
  readonly name: string
  readonly kind: string
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string
  readonly traceState: string
  readonly startTimeUnixNano: bigint
  readonly endTimeUnixNano: bigint
  readonly attributes: Readonly<Record<string, string>>
  readonly status: string
}

/** Longer than a collector that is there takes on the busiest machine. */
export const PATIENT: Patience = { batchMs: 600_000, lastMs: 600_000 }

const DEFINITIONS = fileURLToPath(new URL('../fixtures/otlp/', import.meta.url))
const ROOT = new protobuf.Root()
ROOT.resolvePath = (_origin, target) => DEFINITIONS + target
const REQUEST = (await ROOT.load('opentelemetry/proto/collector/trace/v1/trace_service.proto')).lookupType(
  'opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest'
)

interface KeyValue {
  readonly key: string
  readonly value: { readonly stringValue?: string }
}
interface Wired {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly KeyValue[] }
    readonly scopeSpans: readonly {
      readonly spans: readonly {
        readonly name: string
        readonly kind: string
        readonly traceId: string
        readonly spanId: string
        readonly parentSpanId?: string
        readonly traceState?: string
        readonly startTimeUnixNano: string
        readonly endTimeUnixNano: string
        readonly attributes?: readonly KeyValue[]
        readonly status?: { readonly code?: string; readonly message?: string }
      }[]
    }[]
  }[]
}

const hex = (base64: string) => Buffer.from(base64, 'base64').toString('hex')
const textsOf = (values: readonly KeyValue[] = []) =>
  Object.fromEntries(values.map(({ key, value }) => [key, value.stringValue ?? '']))

/** Decodes a body of `/v1/traces` with the published definitions of OTLP. Throws when it is none. */
export function spansOf(body: Uint8Array): readonly ReceivedSpan[] {
  const json = REQUEST.toObject(REQUEST.decode(body), { bytes: String, enums: String, longs: String }) as Wired
  return json.resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map(({ traceId, spanId, parentSpanId = '', attributes, status, ...span }) => ({
        ...span,
        service: textsOf(resource.attributes)['service.name'] ?? '',
        traceId: hex(traceId),
        spanId: hex(spanId),
        parentSpanId: hex(parentSpanId),
        traceState: span.traceState ?? '',
        startTimeUnixNano: BigInt(span.startTimeUnixNano),
        endTimeUnixNano: BigInt(span.endTimeUnixNano),
        attributes: textsOf(attributes),
        status: status?.message ?? ''
      }))
    )
  )
}

/** A collector that takes spans, or answers as it is told. */
export async function otlpReceiver(answer: () => number = () => 200) {
  const spans: ReceivedSpan[] = []
  const types = new Set<string | undefined>()
  const server = createServer((request: IncomingMessage, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const status = request.url === '/v1/traces' ? answer() : 404
      types.add(request.headers['content-type'])
      if (status === 200) spans.push(...spansOf(Buffer.concat(chunks)))
      response.writeHead(status).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const close = () =>
    new Promise<void>((resolve) => {
      server.closeAllConnections()
      server.close(() => resolve())
    })
  return { url: `http://127.0.0.1:${port}`, spans, types, close }
}
