import type { Layer } from '../contracts/layer.ts'
import type { Engine } from '../engine/engine.ts'
import type { Queue, Receiver } from '../transport/queue.ts'
import type { Transport } from '../transport/transport.ts'

/** How layers in one process hand messages to each other. */

/** The way to the other layers where answers come later in any case. */
export const withoutWaiting = (queue: Queue): Transport => ({
  deliver: (message, done) => queue.deliver(message, done),
  urlOf: () => undefined,
  close: () => queue.close()
})

/** A layer at the end of the queue. Throws at what it does not know: that is a defect of its sender. */
export function receiverOf(layer: Layer, engine: Engine): Receiver {
  return {
    offer({ machine, id, message, data, from, cause }, reply) {
      const parsed = engine.parse(message.type, data)
      if (parsed === undefined) throw new Error(`${layer} accepts no message of type ${message.type}`)
      if ('error' in parsed) throw new Error(`${message.type} to ${layer}: ${parsed.error.detail}`)
      engine.accept({ machine, id, type: message.type, from, json: data, data: parsed.value, cause }, reply)
    }
  }
}
