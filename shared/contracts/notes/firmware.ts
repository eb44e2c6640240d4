import { Type } from 'typebox'
import { closed, Notification, Severity, SourceId, SourceNotification } from '../common.ts'
import { dump, fieldsOf, optional } from '../sentence.ts'
import { Bytes, U64 } from '../wire.ts'
import { note } from './note.ts'

/** What EL3 leaves in the journal: what became of each record, and its own end. */
const layer = 'firmware'

export const recordPublished = note({
  type: 'record.published',
  layer,
  level: 'story',
  rule: 'services/firmware/publish.ts#publish',
  data: closed({
    source: SourceId,
    notify: SourceNotification,
    address: Type.Unsafe<bigint>({ ...U64, description: 'host physical address of the error status block' }),
    length: Type.Integer({ minimum: 0 }),
    severity: Type.Union([Severity, Type.Literal('unknown')]),
    bytes: Bytes
  }),
  says: ({ source, bytes, ...rest }) => `record for source ${source} published: ${fieldsOf(rest)}${dump(bytes)}`,
  example: {
    source: 3,
    notify: 'GSIV',
    address: '0x3f004040',
    length: 20,
    severity: 'recoverable',
    bytes: 'AAAAAAAAAAAAAAAAAAAAAAAAAAA='
  }
})

export const recordUnsound = note({
  type: 'record.unsound',
  layer,
  level: 'story',
  rule: 'services/firmware/check-record.ts#checkRecord',
  data: closed({
    source: SourceId,
    offset: Type.Integer({ minimum: 0, description: 'from the start of the record as it was handed in' }),
    rule: Type.String(),
    found: Type.Optional(Type.String())
  }),
  says: ({ source, offset, rule, found }) =>
    `the record for source ${source} is taken though it breaks a rule at byte ${offset}: ${rule}${optional(', found ', found)}`,
  example: {
    source: 3,
    offset: 133,
    rule: 'the length of an ARM error information structure is 32 (section e19e3d16-bc11-11e4-9caa-c2051d5d46b0)',
    found: '31'
  }
})

export const recordHeld = note({
  type: 'record.held',
  layer,
  level: 'story',
  rule: 'services/firmware/publish.ts#publish',
  data: closed({ source: SourceId, because: Type.String(), waiting: Type.Integer({ minimum: 1 }) }),
  says: (data) => `record held back: ${fieldsOf(data)}`,
  example: { source: 3, because: 'the record before it is not acknowledged', waiting: 1 }
})

export const recordCoalesced = note({
  type: 'record.coalesced',
  layer,
  level: 'story',
  loud: 'lost',
  rule: 'services/firmware/publish.ts#publish',
  data: closed({ source: SourceId, error: Type.String() }),
  says: ({ source, error }) => `no further record for source ${source}, which reports this error already: ${error}`,
  example: { source: 3, error: 'recoverable memory error at 0x7c001000' }
})

export const recordUntold = note({
  type: 'record.untold',
  layer,
  level: 'story',
  loud: 'lost',
  rule: 'services/firmware/notify-os.ts#notifyOs',
  data: closed({ source: SourceId, notify: SourceNotification, because: Type.String() }),
  says: ({ source, notify, because }) =>
    `the OS is not notified of the record of source ${source} (${notify}): ${because}`,
  example: { source: 6, notify: 'SDEI', because: 'sdei_dispatch_event() fails: the PE is masked (SDEI_PE_MASK)' }
})

export const recordLost = note({
  type: 'record.lost',
  layer,
  level: 'story',
  loud: 'lost',
  data: closed({ source: Type.Optional(SourceId), because: Type.String() }),
  says: ({ source, because }) => `a record${optional(' of source ', source)} is lost: ${because}`,
  example: { source: 3, because: 'the HEST was replaced' }
})

export const notificationFallback = note({
  type: 'notification.fallback',
  layer,
  level: 'story',
  loud: 'fallback',
  rule: 'services/firmware/choose-source.ts#chooseSource',
  data: closed({
    wanted: Notification,
    source: Type.Optional(SourceId),
    notify: Type.Optional(SourceNotification),
    because: Type.String()
  }),
  says: ({ wanted, source, notify, because }) =>
    `not notified by ${wanted} but ${source === undefined ? 'not at all' : `by ${notify ?? '-'} of source ${source}`}: ${because}`,
  example: { wanted: 'SEA', source: 3, notify: 'GSIV', because: 'no enabled source notifies by SEA' }
})

export const doorbellRung = note({
  type: 'read-ack.doorbell',
  layer,
  level: 'story',
  loud: ({ sources }) => (sources.length === 0 ? 'lost' : undefined),
  rule: 'services/firmware/shared-memory.ts#ringDoorbells',
  data: closed({ register: U64, value: U64, sources: Type.Array(SourceId) }),
  says: ({ register, value, sources }) =>
    `doorbell ${register} rung with ${value}: ${sources.length === 0 ? 'no source has this Read Ack Write, so it acknowledges nothing' : `acknowledges source ${sources.join(', ')}`}`,
  example: { register: '0x3f000010', value: '0xb1d00000', sources: [0] }
})

export const einjUntriggered = note({
  type: 'einj.untriggered',
  layer,
  level: 'story',
  loud: 'unmodelled',
  rule: 'services/firmware/einj.ts#injectByEinj',
  data: closed({ component: Type.String(), severity: Severity }),
  says: ({ component, severity }) =>
    `a ${severity} ${component} error is injected and not triggered: nothing here would consume it, so nobody hears of it`,
  example: { component: 'processor', severity: 'recoverable' }
})

export const firmwarePanic = note({
  type: 'firmware.panic',
  layer,
  level: 'story',
  mark: 'end',
  rule: 'services/firmware/take-exception.ts#takeException',
  data: closed({ because: Type.String() }),
  says: (data) => `firmware panics: ${fieldsOf(data)}`,
  example: { because: 'SError with ESR_EL3 0xbe000011 is uncontainable' }
})

export const FIRMWARE_NOTES = [
  recordPublished,
  recordUnsound,
  recordHeld,
  recordCoalesced,
  recordUntold,
  recordLost,
  notificationFallback,
  doorbellRung,
  einjUntriggered,
  firmwarePanic
]
