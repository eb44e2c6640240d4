import { Type, type Static } from 'typebox'
import { closed } from '../contracts/common.ts'
import { GUEST_STATES } from '../trace/parties.ts'
import { VERDICTS } from './verdict.ts'

/**
 * An event: its type, alone or with what its data must contain. `type@layer` asks for the layer in whose journal it is,
 * `refused:type` for the refusal of such a message. A text between slashes is a regular expression.
 */
export const EventPattern = Type.Union(
  [
    Type.String(),
    Type.Record(Type.String(), Type.Record(Type.String(), Type.Unknown()), { minProperties: 1, maxProperties: 1 })
  ],
  { description: 'an event type such as signal.deliver, or { type: { field: value } }' }
)
export type EventPattern = Static<typeof EventPattern>

const Names = Type.Record(Type.String(), Type.String())
const Strings = Type.Array(Type.String())

/** Part of the outcome, and of the trace, as the run must end. What is left out is not looked at. */
export const Expectation = closed({
  cell: Type.Optional(Type.Enum([...VERDICTS], { description: 'how a matrix sums the run up' })),
  host: Type.Optional(Type.Enum(['running', 'panicked', 'halted'], { description: 'halted: by its firmware' })),
  firmware: Type.Optional(Type.Enum(['running', 'panicked'])),
  vm: Type.Optional(Type.String({ description: 'state of the first VM' })),
  vms: Type.Optional(Names),
  guest: Type.Optional(Type.Enum([...GUEST_STATES, 'none'], { description: 'the worst state of any guest' })),
  guests: Type.Optional(Type.Record(Type.String(), Type.Enum([...GUEST_STATES]))),
  panics: Type.Optional(closed({ host: Type.Optional(Type.Integer()), guest: Type.Optional(Type.Integer()) })),
  tasks: Type.Optional(Names),
  processes: Type.Optional(Names),
  signals: Type.Optional(Type.Array(Type.String(), { description: 'SIGBUS codes the VMM got, in order' })),
  taskSignals: Type.Optional(Type.Record(Type.String(), Strings)),
  processSignals: Type.Optional(Type.Record(Type.String(), Strings)),
  poisonedPages: Type.Optional(closed({ host: Type.Optional(Type.Integer()), guest: Type.Optional(Type.Integer()) })),
  avoidablePanic: Type.Optional(Type.Boolean()),
  silentCorruption: Type.Optional(Type.Boolean()),
  livelock: Type.Optional(Type.Boolean()),
  mismatches: Type.Optional(Type.Array(closed({ hardware: Type.String(), guest: Type.String() }))),
  events: Type.Optional(Type.Array(EventPattern, { description: 'these happen, in this order' })),
  never: Type.Optional(Type.Array(EventPattern, { description: 'none of these happens' })),
  always: Type.Optional(Type.Array(EventPattern, { description: 'whenever the type happens, its data is so' }))
})
export type Expectation = Static<typeof Expectation>
