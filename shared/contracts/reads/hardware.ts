import { Type } from 'typebox'
import { Containment, ErrorException, Interrupted, named, Severity } from '../common.ts'
import { U64 } from '../wire.ts'
import { PhysicalRange } from './linux.ts'

/** What can be read of the hardware of a machine. */

const Routing = named('Routing', {
  scrEl3Ea: Type.Boolean(),
  hcrEl2Tea: Type.Boolean(),
  hcrEl2Amo: Type.Boolean()
})
const AccessUnderWay = named('AccessUnderWay', {
  name: Type.String({ description: 'whose it is: vm0/vcpu0, or pid119/119' }),
  access: Interrupted,
  raised: Type.Optional(Type.String({ description: 'what its last execution ended in' })),
  spinning: Type.Boolean({ description: 'it is executed again at times, since nothing changes' }),
  takes: Type.Integer({ description: 'how often in a row it ended in that' })
})
export const Hardware = named('Hardware', {
  memory: Type.Array(PhysicalRange),
  routing: Routing,
  poisonedLines: Type.Integer(),
  vms: Type.Array(Type.String(), { description: 'that have a stage 2' }),
  contexts: Type.Array(AccessUnderWay)
})

const MemoryLine = named('MemoryLine', {
  hostPhysical: Type.Unsafe<bigint>({ ...U64, description: 'first address of the line' }),
  kind: Type.Enum(['memory', 'cache', 'tlb', 'bus']),
  signalled: ErrorException,
  containment: Containment,
  severity: Severity,
  addressValid: Type.Boolean(),
  storesDefer: Type.Boolean({ description: 'a store raises nothing, and the node records a deferred error' }),
  overflow: Type.Boolean({ description: 'a further error was detected in the line' }),
  iss: Type.Optional(U64),
  reportsCorrected: Type.Optional(Type.Boolean()),
  plantedBy: Type.Optional(Type.String({ description: 'id of the message that planted it' }))
})
export const MemoryPage = named('MemoryPage', {
  hostPhysical: U64,
  poisoned: Type.Boolean(),
  lines: Type.Array(MemoryLine, { description: 'those that hold an error' })
})
export const PoisonedLines = named('PoisonedLines', { lines: Type.Array(MemoryLine) })

export const Stage2 = named('Stage2', {
  ranges: Type.Array(named('Stage2Range', { guestPhysical: U64, hostPhysical: U64, length: U64 }))
})
