import { Type } from 'typebox'
import { closed, Containment, ErrorException, Severity } from '../common.ts'
import { counted, fieldsOf } from '../sentence.ts'
import { U64 } from '../wire.ts'
import { note } from './note.ts'

/** What the PEs, the memory and the RAS nodes leave in the journal. */
const layer = 'hardware'

const lineError = {
  hostPhysical: Type.Unsafe<bigint>({ ...U64, description: 'the line: 64 bytes from here' }),
  kind: Type.Enum(['memory', 'cache', 'tlb', 'bus']),
  containment: Containment,
  severity: Severity,
  addressValid: Type.Boolean(),
  storesDefer: Type.Boolean(),
  overflow: Type.Boolean(),
  iss: Type.Optional(Type.Unsafe<bigint>({ ...U64, description: 'of the SError, where the PE has one of its own' })),
  reportsCorrected: Type.Optional(Type.Boolean())
}
const LINE_ERROR = {
  hostPhysical: '0x7c001000',
  kind: 'memory',
  signalled: 'SEA',
  containment: 'UER',
  severity: 'recoverable',
  addressValid: true,
  storesDefer: false,
  overflow: false
} as const

export const errorPlanted = note({
  type: 'error.planted',
  layer,
  level: 'story',
  rule: 'services/hardware/error-inject.ts#injectError',
  data: closed({ ...lineError, signalled: Type.Enum(['SEA', 'SError', 'interrupt']) }),
  says: ({ hostPhysical, severity }) =>
    severity === 'corrected'
      ? `the line at ${hostPhysical} has an error that is corrected`
      : `the line at ${hostPhysical} is poisoned`,
  example: LINE_ERROR
})

export const errorOverflow = note({
  type: 'error.overflow',
  layer,
  level: 'story',
  loud: 'lost',
  rule: 'services/hardware/error-inject.ts#injectError',
  data: closed({ ...lineError, signalled: ErrorException, because: Type.String() }),
  says: ({ hostPhysical, because }) => `a further error at ${hostPhysical} only sets the overflow bit: ${because}`,
  example: { ...LINE_ERROR, because: 'the line holds an error already; it stays one error' }
})

export const lineRepaired = note({
  type: 'line.repaired',
  layer,
  level: 'story',
  data: closed({ hostPhysical: U64, heldAnError: Type.Boolean() }),
  says: ({ hostPhysical, heldAnError }) =>
    `the line at ${hostPhysical} holds good data${heldAnError ? ' again' : ', as it did before'}`,
  example: { hostPhysical: '0x7c001000', heldAnError: true }
})

export const memoryRemoved = note({
  type: 'memory.removed',
  layer,
  level: 'story',
  loud: 'lost',
  data: closed({ errors: Type.Integer({ minimum: 1 }), because: Type.String() }),
  says: ({ errors, because }) => `gone with the memory: ${counted(errors, 'error')}: ${because}`,
  example: { errors: 1, because: 'their lines are not RAM any more' }
})

export const scrubDone = note({
  type: 'scrub.done',
  layer,
  level: 'story',
  rule: 'services/hardware/memory.ts#patrolScrub',
  data: closed({ start: U64, end: U64, errors: Type.Integer({ minimum: 0 }) }),
  says: ({ start, end, errors }) => `patrol scrub of ${start} to ${end} finds ${counted(errors, 'error')}`,
  example: { start: '0x7c001000', end: '0x7c002000', errors: 1 }
})

const CONTEXT = Type.String({ description: 'the vCPU or thread: `vm0/vcpu0`, `pid119/119`' })
const TAKES = Type.Integer({
  minimum: 1,
  description: 'how often in a row it was taken, of those that are carried out'
})

export const peSpin = note({
  type: 'pe.spin',
  layer,
  level: 'story',
  mark: 'exception',
  rule: 'services/hardware/pe.ts#returnTo',
  data: closed({
    context: CONTEXT,
    error: Type.String(),
    takes: TAKES,
    againInNs: Type.Integer({ minimum: 0, description: 'when it is taken the next time, if nothing changes' })
  }),
  says: ({ context, takes }) =>
    `${context} ${takes === 1 ? 'meets the same again' : `has taken the same ${takes} times and meets it again`}`,
  example: { context: 'vm0/vcpu0', error: 'SEA at 0x7c001000 to EL3 (UER recoverable)', takes: 1, againInNs: 100_000 }
})

export const peRetake = note({
  type: 'pe.retake',
  layer,
  level: 'detail',
  rule: 'services/hardware/pe.ts#returnTo',
  data: closed({ context: CONTEXT, error: Type.String(), takes: TAKES }),
  says: ({ context, takes }) => `${context} takes the same exception, time ${takes}`,
  example: { context: 'vm0/vcpu0', error: 'SEA at 0x7c001000 to EL3 (UER recoverable)', takes: 2 }
})

export const peLivelock = note({
  type: 'pe.livelock',
  layer,
  level: 'story',
  mark: 'exception',
  rule: 'services/hardware/retake.ts#dueAt',
  data: closed({
    context: CONTEXT,
    error: Type.String(),
    takes: TAKES,
    forNs: Type.Integer({ minimum: 0, description: 'from the first to the last time' })
  }),
  says: ({ context, takes, forNs }) =>
    `LIVELOCK: ${context} has taken the same ${takes} times in ${Math.round(forNs / 1e9)} s, and nobody has helped`,
  example: {
    context: 'vm0/vcpu0',
    error: 'SEA at 0x7c001000 to EL3 (UER recoverable)',
    takes: 26,
    forNs: 20_000_000_000
  }
})

export const peProgress = note({
  type: 'pe.progress',
  layer,
  level: 'story',
  rule: 'services/hardware/pe.ts#returnTo',
  data: closed({ context: CONTEXT, error: Type.String(), takes: TAKES }),
  says: ({ context, takes }) => `${context} gets on after ${counted(takes, 'take')}`,
  example: { context: 'vm0/vcpu0', error: 'SEA at 0x7c001000 to EL3 (UER recoverable)', takes: 2 }
})

export const peUnmodelled = note({
  type: 'pe.unmodelled',
  layer,
  level: 'story',
  loud: 'unmodelled',
  data: closed({ because: Type.String(), pstate: U64 }),
  says: (data) => fieldsOf(data),
  example: {
    because: 'PSTATE.A masks this SError at its own exception level; it is taken at once all the same',
    pstate: '0x100'
  }
})

export const HARDWARE_NOTES = [
  errorPlanted,
  errorOverflow,
  lineRepaired,
  memoryRemoved,
  scrubDone,
  peSpin,
  peRetake,
  peLivelock,
  peProgress,
  peUnmodelled
]
