import { Type, type Static } from 'typebox'
import { LayerName, closed, named } from './common.ts'

/** What became of a message, over all layers that it led to. */

const Text = Type.String()

/** Something that a layer is still about to do because of the message. */
export const Waits = named('Waits', {
  layer: LayerName,
  for: Type.Enum(['delivery', 'answer', 'handler', 'storage', 'timer', 'dead-letter'], {
    description:
      'delivery: its receiver has not taken what was sent; answer: to a question; handler: another input comes first; storage: to be kept; dead-letter: a person, since its receiver has not taken it'
  }),
  id: Text,
  type: Text,
  to: Type.Optional(LayerName),
  dueInNs: Type.Optional(Type.Integer({ minimum: 0, description: 'of a timer' })),
  holds: Type.Optional(
    Type.Literal(true, {
      description: 'of a dead letter: its layer goes no further on this machine, and what waits for that layer does not'
    })
  ),
  because: Type.Optional(Type.String({ description: 'of a dead letter: why it was given up' })),
  todo: Type.Optional(Type.String({ description: 'of a dead letter: what a person can do' })),
  waitedNs: Type.Optional(Type.Integer({ minimum: 0, description: 'how long by now, of what was sent or asked' }))
})
export type Waits = Static<typeof Waits>

/** A layer that does nothing more on this machine. */
export const Stopped = named('Stopped', { layer: LayerName, because: Text })
export type Stopped = Static<typeof Stopped>

export const Became = named('Became', {
  id: Text,
  became: Type.Enum(['refused', 'under-way', 'dead-letter', 'unknown', 'held', 'settled'], {
    description:
      'refused: by the layer that took it or by one that it was handed on to; under-way: some layer still works on it; dead-letter: something that it led to, or that it waits behind, was not taken by its receiver and waits for a person; unknown: a layer that may have something to do about it cannot be asked, and no other has; held: nothing happens before something else does; settled: all that it led to has happened'
  }),
  refused: Type.Array(
    closed({ by: LayerName, type: Text, id: Text, code: Text, detail: Text, field: Type.Optional(Text) })
  ),
  waits: Type.Array(Waits, { description: 'what is under way' }),
  held: Type.Array(
    closed({
      layer: LayerName,
      why: Text,
      until: Text,
      dueInNs: Type.Optional(Type.Integer({ minimum: 0, description: 'of a timer that will fire' }))
    })
  ),
  outcome: Type.Array(closed({ layer: LayerName, type: Text, says: Text, data: Type.Unknown() }), {
    description: 'what came of it, as the layers noted it'
  }),
  stopped: Type.Array(Stopped, { description: 'layers that do nothing more on this machine' }),
  silent: Type.Array(closed({ layer: LayerName, because: Text }), {
    description:
      'layers that could not be asked, so that nobody knows what they do; one that keeps no journal does not count'
  })
})
export type Became = Static<typeof Became>
