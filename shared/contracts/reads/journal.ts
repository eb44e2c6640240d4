import { Type } from 'typebox'
import { LEVELS, LOUD, MARKS } from '../caption.ts'
import { LayerName, named } from '../common.ts'
import { LANES } from '../lane.ts'
import { LAYERS } from '../layer.ts'

/** A journal as its readers get it: an entry a line, as `application/x-ndjson` or as the frames of a WebSocket. */

const Lane = Type.Enum([...LANES], { title: 'Lane' })

export const JournalEntry = named('JournalEntry', {
  seq: Type.Integer({ description: 'place in the journal of its layer, from 1' }),
  time: Type.Number({ description: 'nanoseconds since the epoch of that journal' }),
  machine: Type.String(),
  layer: LayerName,
  kind: Type.Enum(['message', 'answer', 'note', 'refusal', 'gap'], {
    description: 'gap: entries before this one are no longer kept'
  }),
  id: Type.String(),
  cause: Type.Optional(Type.String({ description: 'id of the input that led to it; absent: it came from outside' })),
  type: Type.String({ description: 'of the message, note or timer' }),
  from: Type.Enum([...LAYERS, 'outside', 'timer']),
  to: Type.Enum([...LAYERS, 'outside']),
  data: Type.Optional(Type.Unknown({ description: 'as its type has it; 64-bit values are "0x…", bytes are base64' })),
  fallback: Type.Optional(
    Type.Literal(true, { description: 'of an answer that nobody gave: what the asker is configured to do then' })
  ),
  question: Type.Optional(Type.Unknown({ description: 'of an answer: the data of its question' })),
  because: Type.Optional(Type.Array(Type.String(), { description: 'ids of further causes' })),
  trace: Type.Optional(Type.String({ description: 'trace id of W3C Trace Context' })),
  lane: Type.Optional(named('Lanes', { from: Lane, to: Lane })),
  level: Type.Optional(Type.Enum([...LEVELS], { description: 'part of the story of an error, or how it came about' })),
  mark: Type.Optional(Type.Enum([...MARKS], { description: 'what kind of event it is' })),
  loud: Type.Optional(Type.Enum([...LOUD], { description: 'a reader must not miss it, and why' })),
  rule: Type.Optional(Type.String({ description: 'what decided it, by file and name as in docs/fidelity.md' })),
  order: Type.Optional(Type.Integer({ description: 'where journals are read as one: place in that, from 1' })),
  cursor: Type.Optional(Type.String({ description: 'where journals are read as one: to read on behind it (`after`)' }))
})
