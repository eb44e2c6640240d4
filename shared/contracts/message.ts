import type { Static, TObject, TSchema } from 'typebox'
import type { Layer } from './layer.ts'

/**
 * One kind of message a layer accepts. It travels as a CloudEvent between our services and can be sent by anyone as
 * plain HTTP: `method` and `path` on the receiver, with `data` alone as the body. A path parameter other than
 * `:machine` names a field of `data`, which the body then leaves out.
 */
interface Described<Data extends TObject, To extends Layer> {
  /** `interface.verb`, e.g. `apei.notify`. */
  readonly type: string
  /** The layer that accepts it. */
  readonly to: To
  /** A GET is a question whose data comes from the path and the query. */
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Fastify path template, e.g. `/v1/machines/:machine/vms/:vm/vcpus/:vcpu/run`. */
  readonly path: string
  readonly summary: string
  /** What whoever serves the layer does with it, and in which order, for those who know nothing else of it. */
  readonly description?: string
  readonly data: Data
  /** The body is raw bytes (application/octet-stream) that become this field; the other fields come from the query. */
  readonly raw?: string
  /** A field that may be the URL of a service, which the receiver asks from then on. */
  readonly address?: string
  /** What may stand in that field by its name alone. */
  readonly names?: readonly string[]
  /** Data that works with curl, as JSON; fields of the path may be among it. */
  readonly example?: Readonly<Record<string, unknown>>
}

/** A message without a reply: the HTTP answer is 202 with its id. */
export interface OneWayType<Data extends TObject = TObject, To extends Layer = Layer> extends Described<Data, To> {
  readonly reply?: never
}

/** A question: the HTTP answer is 200 with the reply. */
export interface QuestionType<
  Data extends TObject = TObject,
  Reply extends TSchema = TSchema,
  To extends Layer = Layer
> extends Described<Data, To> {
  readonly reply: Reply
}

export type MessageType<Data extends TObject = TObject, To extends Layer = Layer> =
  OneWayType<Data, To> | QuestionType<Data, TSchema, To>

/** What a message (or a timer) of this type carries, as a model sees it. */
export type DataOf<Message extends { readonly data: TObject }> = Static<Message['data']>

/** Declares a message type; the identity at run time, the precise types for those who send and those who handle it. */
export function message<Data extends TObject, Reply extends TSchema, const To extends Layer>(
  type: QuestionType<Data, Reply, To>
): QuestionType<Data, Reply, To>
export function message<Data extends TObject, const To extends Layer>(type: OneWayType<Data, To>): OneWayType<Data, To>
export function message(type: MessageType): MessageType {
  return type
}

/** Type of the first input of every layer of a machine; it is sent by nobody. */
export const MACHINE_START = 'machine.start'
