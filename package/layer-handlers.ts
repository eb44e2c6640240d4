import type { Static, TObject, TSchema } from 'typebox'
import type { ModelledLayer } from '../shared/contracts/layer.ts'
import type { MessageType, OneWayType, QuestionType } from '../shared/contracts/message.ts'
import type { ProblemCode } from '../shared/contracts/problem.ts'
import type { AnyModel, Effect, Input } from '../shared/model/step.ts'
import { checked } from './json.ts'

const HOW: unique symbol = Symbol('how')

/** Only `answer` and `shipped` give this: a handler of a question returns it, so that it cannot forget to answer. */
export interface Handled {
  readonly [HOW]: 'answered' | 'shipped'
}

/** What a handler can do. `Data` is that of its message. */
export interface LayerIo<Data> {
  /** Id of the message. */
  readonly id: string
  /** Who sent it. */
  readonly from: Input['from']
  /** Nanoseconds since the machine began. */
  readonly now: number
  /** Sends a message to the layer that accepts it. */
  send<Sent extends TObject>(this: void, message: OneWayType<Sent>, data: Static<Sent>): void
  /** Lets the layer that comes with seabus handle the message, with these data in place of its own. */
  shipped(this: void, data?: Data): Handled
  /** Refuses the message; nothing that was sent before counts. `field` is a JSON pointer within the data. */
  refuse(this: void, code: ProblemCode, detail: string, field?: string): never
}

/** What the handler of a question can do. */
export interface AnsweringLayerIo<Data, Reply> extends LayerIo<Data> {
  /** Answers in the layer's place. */
  answer(this: void, reply: Reply): Handled
}

/** One message of a layer, and who handles it; made by `on`. */
export interface LayerHandler {
  readonly message: MessageType
  readonly handle: (data: unknown, io: AnsweringLayerIo<unknown, unknown>) => Handled | void
}

/**
 * Handles a message in place of the layer that accepts it, or before it. Addresses are `bigint`, bytes are `Uint8Array`. A
 * layer's step takes no time, so a handler is not asynchronous. An error that is thrown ends the run.
 */
export function on<Data extends TObject, Reply extends TSchema>(
  question: QuestionType<Data, Reply>,
  handle: (data: Static<Data>, io: AnsweringLayerIo<Static<Data>, Static<Reply>>) => Handled
): LayerHandler
export function on<Data extends TObject>(
  message: OneWayType<Data>,
  handle: (data: Static<Data>, io: LayerIo<Static<Data>>) => Handled | void
): LayerHandler
export function on(message: MessageType, handle: LayerHandler['handle']): LayerHandler {
  return { message, handle }
}

/** What a handler does wrong is its own defect, and nothing that a layer refuses. */
const DEFECT = 'model-fault'

class Refusal extends Error {
  readonly effect: Effect
  constructor(effect: Effect) {
    super('refused')
    this.effect = effect
  }
}

/**
 * A layer of which some messages are handled by somebody else; all the others are the shipped layer's. Throws RangeError
 * when a message is none of the layer's, or has two handlers.
 */
export function handledBy(shipped: AnyModel, handlers: readonly LayerHandler[]): AnyModel {
  const byType = new Map<string, LayerHandler>()
  for (const handler of handlers) {
    const { to, type } = handler.message
    if (to !== shipped.layer) throw new RangeError(`${type} is a message to ${to}, not to ${shipped.layer}`)
    if (byType.has(type)) throw new RangeError(`${type} of ${to} has two handlers`)
    byType.set(type, handler)
  }
  return {
    ...shipped,
    step(state, input, live) {
      const handler = input.from === 'timer' ? undefined : byType.get(input.type)
      if (handler === undefined) return shipped.step(state, input, live)
      const { effects, handedOn } = run(handler, input)
      if (handedOn === undefined) return [state, effects]
      const [next, more] = shipped.step(state, handedOn, live)
      return [next, [...effects, ...more]]
    }
  }
}

interface Ran {
  readonly effects: readonly Effect[]
  /** What the shipped layer is given, where it is given anything. */
  readonly handedOn?: Input
}

function run({ message, handle }: LayerHandler, input: Input): Ran {
  const effects: Effect[] = []
  const who = `the handler of ${input.type}`
  let given = input
  let reply: unknown
  const io: AnsweringLayerIo<unknown, unknown> = {
    id: input.id,
    from: input.from,
    now: input.time,
    send({ to, type, data: schema }, given) {
      const data = checked(schema, given, `${who} sends ${type} to ${to}`, DEFECT)
      // Other ids than the shipped layer makes of the same input.
      effects.push({ kind: 'send', id: `${input.id}.own${effects.length + 1}`, to, type, data })
    },
    shipped(data) {
      if (data !== undefined) given = { ...input, data: checked(message.data, data, `${who} hands on`, DEFECT) }
      return { [HOW]: 'shipped' }
    },
    answer(data) {
      reply = data
      return { [HOW]: 'answered' }
    },
    refuse(code, detail, field) {
      throw new Refusal({ kind: 'refusal', code, detail, ...(field === undefined ? {} : { field }) })
    }
  }
  try {
    const handled = handle(input.data, io)
    if (handled instanceof Promise) throw new TypeError(`${who} may not be asynchronous`)
    const how = handled?.[HOW]
    if (how === 'shipped') return { effects, handedOn: given }
    if (message.reply !== undefined) {
      if (how === undefined) throw new TypeError(`${who} gives neither an answer nor what \`shipped\` gives`)
      effects.push({ kind: 'answer', to: input.id, data: checked(message.reply, reply, `${who} answers`, DEFECT) })
    }
    return { effects }
  } catch (error) {
    if (error instanceof Refusal) return { effects: [error.effect] }
    throw error
  }
}

/**
 * The models of a system, with some of their messages handled by functions. Throws RangeError for a layer that is to be
 * elsewhere: the others could not be reached from there.
 */
export function modelsWith(
  models: readonly AnyModel[],
  layers: Readonly<Partial<Record<ModelledLayer, readonly LayerHandler[]>>>
): readonly AnyModel[] {
  return models.map((model) => {
    const own: unknown = layers[model.layer as ModelledLayer]
    if (own === undefined) return model
    if (Array.isArray(own)) return handledBy(model, own as readonly LayerHandler[])
    throw new RangeError(`${model.layer} elsewhere needs services to talk to: use serve({ layers })`)
  })
}
