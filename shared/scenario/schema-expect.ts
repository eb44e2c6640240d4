import { Type, type Static, type TSchema } from 'typebox'
import { closed } from '../contracts/common.ts'
import { SIGNAL_NAMES } from '../contracts/notes/kernel.ts'
import { SIGBUS_CODE_NAME } from '../formats/siginfo.ts'
import { ENDINGS } from '../trace/actors.ts'
import { GUEST_STATES, VM_STATES } from '../trace/parties.ts'
import { VERDICTS } from '../trace/verdict.ts'

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

const NOT_EMPTY = { minProperties: 1 }
const Count = Type.Integer({ minimum: 0 })
const counts = (description: string) =>
  Type.Object(
    { host: Type.Optional(Count), guest: Type.Optional(Count) },
    { additionalProperties: false, ...NOT_EMPTY, description }
  )
/** One of each kind that is named, by the name of whom it is about. */
const each = <Of extends TSchema>(of: Of, description: string) =>
  Type.Record(Type.String(), of, { ...NOT_EMPTY, description })
const Ending = Type.Enum([...ENDINGS])
const SigbusCode = Type.Enum([...SIGBUS_CODE_NAME.values()])
const Signals = Type.Array(Type.Enum([...SIGNAL_NAMES]))
const VmState = Type.Enum([...VM_STATES])

/** Part of the outcome, and of the trace, as the run must end. What is left out is not looked at. */
const EXPECTATION = {
  cell: Type.Optional(Type.Enum([...VERDICTS], { description: 'how a matrix sums the run up' })),
  host: Type.Optional(Type.Enum(['running', 'panicked', 'halted'], { description: 'halted: by its firmware' })),
  firmware: Type.Optional(Type.Enum(['running', 'panicked'], { description: 'panicked: EL3 could not go on' })),
  vm: Type.Optional(Type.Enum([...VM_STATES, 'none'], { description: 'state of the first VM' })),
  vms: Type.Optional(each(VmState, 'state of each VM that is named')),
  guest: Type.Optional(Type.Enum([...GUEST_STATES, 'none'], { description: 'the worst state of any guest' })),
  guests: Type.Optional(each(Type.Enum([...GUEST_STATES]), 'state of each guest, by the name of its VM')),
  panics: Type.Optional(counts('how often the kernels panicked, though they may run again')),
  tasks: Type.Optional(each(Ending, 'how the last access of each task of a guest ended')),
  processes: Type.Optional(each(Ending, 'how the last access of each process of the host ended')),
  signals: Type.Optional(Type.Array(SigbusCode, { description: 'SIGBUS codes the VMM got, in order' })),
  taskSignals: Type.Optional(each(Signals, 'what each task got, in order')),
  processSignals: Type.Optional(each(Signals, 'what each process got, in order')),
  poisonedPages: Type.Optional(counts('frames with PG_hwpoison in the kernels that run at the end')),
  avoidablePanic: Type.Optional(
    Type.Boolean({ description: 'a guest panicked on an SError although the error was contained and had an address' })
  ),
  silentCorruption: Type.Optional(Type.Boolean({ description: 'a task went on with something else than its data' })),
  livelock: Type.Optional(Type.Boolean({ description: 'the same happens over and over, and changes nothing' })),
  untold: Type.Optional(Type.Boolean({ description: 'there was an error, and no kernel heard of it' })),
  mismatches: Type.Optional(
    Type.Array(closed({ hardware: Type.Enum(['SEA', 'SError']), guest: Type.Enum(['SEA', 'SEI']) }), {
      description: 'where a guest was told another exception than the hardware raised'
    })
  ),
  events: Type.Optional(Type.Array(EventPattern, { minItems: 1, description: 'these happen, in this order' })),
  never: Type.Optional(Type.Array(EventPattern, { minItems: 1, description: 'none of these happens' })),
  always: Type.Optional(
    Type.Array(EventPattern, { minItems: 1, description: 'whenever the type happens, its data is so' })
  )
}
export const Expectation = Type.Object(EXPECTATION, { additionalProperties: false, ...NOT_EMPTY })
export type Expectation = Static<typeof Expectation>
