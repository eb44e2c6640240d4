import type { TObject, TSchema } from 'typebox'
import type { Layer } from './layer.ts'

/**
 * One kind of message a layer accepts. It travels as a CloudEvent between our services and can be sent by anyone as
 * plain HTTP: `method` and `path` on the receiver, with `data` alone as the body. A path parameter other than
 * `:machine` names a field of `data`, which the body then leaves out.
 */
export interface MessageType<Data extends TObject = TObject, Reply extends TSchema = TSchema> {
  /** `interface.verb`, e.g. `apei.notify`. */
  readonly type: string
  /** The layer that accepts it. */
  readonly to: Layer
  /** A GET is a question whose data comes from the path and the query. */
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Fastify path template, e.g. `/v1/machines/:machine/vms/:vm/vcpus/:vcpu/run`. */
  readonly path: string
  readonly summary: string
  /** What whoever serves the layer does with it, and in which order, for those who know nothing else of it. */
  readonly description?: string
  readonly data: Data
  /** Present when the message is a question: the HTTP answer is 200 with this; without it, 202 with the id. */
  readonly reply?: Reply
  /** The body is raw bytes (application/octet-stream) that become this field; the other fields come from the query. */
  readonly raw?: string
  /** Data that works with curl, as JSON; fields of the path may be among it. */
  readonly example?: Readonly<Record<string, unknown>>
}

/** Declares a message type; the identity at run time, the precise types for its users. */
export function message<Data extends TObject, Reply extends TSchema = TSchema>(
  row: MessageType<Data, Reply>
): MessageType<Data, Reply> {
  return row
}
