import type { Fields } from '../contracts/fields.ts'
import type { Layer } from '../contracts/layer.ts'
import type { MessageType } from '../contracts/message.ts'
import type { Wire } from '../contracts/validate.ts'
import type { Defaults, EnginePorts } from './ports.ts'

/** A message for this layer, validated: `json` as it came, `data` as the model sees it. */
export interface Incoming {
  readonly machine: string
  /** Absent: the engine makes one. */
  readonly id: string | undefined
  readonly type: string
  readonly from: Layer | 'outside'
  readonly json: unknown
  readonly data: unknown
  readonly cause?: string | undefined
  /** A `TraceContext`. */
  readonly traceparent?: string | undefined
}

interface Acceptable {
  readonly data: Wire
  readonly method: MessageType['method']
  readonly reply: Wire | undefined
}

/** The message types that a layer accepts, in the form in which they come. */
export class Accepted {
  readonly #types = new Map<string, Acceptable>()
  readonly #defaults: Defaults | undefined

  constructor({ accepts, codec, defaults }: Pick<EnginePorts, 'accepts' | 'codec' | 'defaults'>) {
    this.#defaults = defaults
    for (const { type, data, reply, method } of accepts) {
      const forms = { data: codec(data), reply: reply === undefined ? undefined : codec(reply) }
      this.#types.set(type, { ...forms, method })
    }
  }

  /** The form of the data of a message type; undefined for one that is not accepted. */
  formOf(type: string): Wire | undefined {
    return this.#types.get(type)?.data
  }

  /** The form of the answers to a type, if that is a question. */
  replyFormOf(type: string): Wire | undefined {
    return this.#types.get(type)?.reply
  }

  methodOf(type: string): MessageType['method'] | undefined {
    return this.#types.get(type)?.method
  }

  /** Validates the data of a message type; undefined for one that is not accepted. */
  parse(type: string, json: unknown): ReturnType<Wire['parse']> | undefined {
    return this.formOf(type)?.parse(json)
  }

  /** A message with the fields filled in that it leaves to this service. */
  completed({ type, json, data }: Incoming): Pick<Incoming, 'json' | 'data'> {
    const defaults = this.#defaults?.[type]
    if (defaults === undefined) return { json, data }
    const whole = { ...defaults, ...(json as Fields) }
    const parsed = this.parse(type, whole)
    if (parsed === undefined || 'error' in parsed) throw new Error(`the defaults of ${type} do not fit it`)
    return { json: whole, data: parsed.value }
  }
}
