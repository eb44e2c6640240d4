import { hex } from '../../formats/hex.ts'
import { Type } from 'typebox'
import { closed, SourceId } from '../common.ts'
import { counted } from '../sentence.ts'
import { U64 } from '../wire.ts'
import { step } from './kernel-step.ts'

/** Steps of drivers/acpi/apei and drivers/ras. Addresses within text fields are as the kernel prints them. */

const block = Type.String({ description: 'address of the error status block' })

export const ghesArmed = step({
  name: 'ghes.armed',
  level: 'detail',
  rule: 'shared/linux/apei/ghes-probe.ts#probeSource',
  data: closed({ source: SourceId, notify: Type.Integer({ description: 'notification type, HEST numbering' }) }),
  says: ({ source, notify }) => `error source ${source} is armed, notification type ${notify}`,
  example: { source: 0, notify: 8 }
})

export const ghesNoRecord = step({
  name: 'ghes.no-record',
  level: 'detail',
  rule: 'shared/linux/apei/ghes-read-estatus.ts#ghesPeekEstatus',
  data: closed({ source: SourceId, why: Type.String() }),
  says: ({ source, why }) => `no record in the block of source ${source}: ${why}`,
  example: { source: 0, why: 'block status 0' }
})

export const ghesBlockUnreadable = step({
  name: 'ghes.block-unreadable',
  level: 'story',
  loud: 'lost',
  rule: 'shared/linux/apei/ghes-read-estatus.ts#ghesPeekEstatus',
  data: closed({ source: SourceId, block }),
  says: (d) => `the block of source ${d.source} at ${d.block} cannot be read: whatever it holds is lost`,
  example: { source: 0, block: '0x3f001040' }
})

export const ghesValidated = step({
  name: 'ghes.validated',
  level: 'detail',
  rule: 'shared/linux/apei/ghes-read-estatus.ts#ghesCopyEstatus',
  data: closed({
    source: SourceId,
    block,
    length: Type.Integer(),
    sections: Type.Integer(),
    severity: Type.Integer({ description: 'of the block, CPER numbering' })
  }),
  says: (d) =>
    `reads the record of source ${d.source} at ${d.block}: ${d.length} bytes, ${counted(d.sections, 'section')}, severity ${d.severity}`,
  example: { source: 3, block: '0x3f004040', length: 172, sections: 1, severity: 0 }
})

export const ghesCleared = step({
  name: 'ghes.cleared',
  level: 'detail',
  rule: 'shared/linux/apei/ghes-clear-estatus.ts#ghesClearEstatus',
  data: closed({ source: SourceId, block }),
  says: (d) => `clears Block Status of source ${d.source} at ${d.block}`,
  example: { source: 3, block: '0x3f004040' }
})

export const ghesAcknowledged = step({
  name: 'ghes.acknowledged',
  level: 'story',
  rule: 'shared/linux/apei/ghes-ack-error.ts#ghesAckError',
  data: closed({ source: SourceId, before: Type.String(), after: Type.String() }),
  says: ({ source, before, after }) => `acknowledges source ${source}: read_ack ${before} -> ${after}`,
  example: { source: 3, before: '0x0', after: '0x1' }
})

export const ghesAckUnreadable = step({
  name: 'ghes.ack-unreadable',
  level: 'story',
  loud: 'lost',
  rule: 'shared/linux/apei/ghes-ack-error.ts#ghesAckError',
  data: closed({ source: SourceId, register: Type.String() }),
  says: ({ source, register }) => `read_ack of source ${source} at ${register} cannot be read: no acknowledgement`,
  example: { source: 3, register: '0x3f004008' }
})

export const ghesDuplicate = step({
  name: 'ghes.duplicate',
  level: 'story',
  rule: 'shared/linux/apei/ghes-estatus-cache.ts#ghesEstatusCached',
  data: closed({
    source: SourceId,
    effect: Type.String(),
    claimed: Type.Optional(Type.Boolean()),
    livelock: Type.Optional(Type.Boolean({ description: 'claimed without a queued page: the access repeats' }))
  }),
  says: ({ source, effect, claimed }) =>
    `source ${source} repeats a record of the last seconds: ${effect}${claimed === true ? ', and counts as claimed' : ''}`,
  example: { source: 0, effect: 'dropped', claimed: true, livelock: true }
})

export const ghesPoolExhausted = step({
  name: 'ghes.pool-exhausted',
  level: 'story',
  loud: 'lost',
  rule: 'shared/linux/apei/ghes-in-nmi-queue-one-entry.ts#ghesInNmiQueueOneEntry',
  data: closed({ source: SourceId, block, length: Type.Integer() }),
  says: (d) => `the estatus pool has no room for the ${d.length} bytes of source ${d.source}: the record stays unread`,
  example: { source: 0, block: '0x3f001040', length: 172 }
})

export const ghesNotPrinted = step({
  name: 'ghes.not-printed',
  level: 'detail',
  loud: 'lost',
  rule: 'shared/linux/apei/ghes-print.ts#ghesPrintEstatus',
  data: closed({ source: SourceId, why: Type.String(), class: Type.Enum(['corrected', 'uncorrected']) }),
  says: (d) => `the record of source ${d.source} (${d.class}) is not printed: ${d.why}`,
  example: { source: 0, why: 'rate limit', class: 'uncorrected' }
})

export const ghesQueued = step({
  name: 'ghes.queued',
  level: 'detail',
  rule: 'shared/linux/apei/ghes-handle-memory-failure.ts#ghesDoMemoryFailure',
  data: closed({ pfn: Type.String(), flags: Type.Integer(), cpu: Type.Integer() }),
  says: ({ pfn, flags, cpu }) => `memory_failure_queue(${pfn}, flags ${flags}) on CPU ${cpu}`,
  example: { pfn: '0x7c001', flags: 0, cpu: 0 }
})

export const ghesNoConsumer = step({
  name: 'ghes.no-consumer',
  level: 'story',
  loud: 'lost',
  rule: 'shared/linux/apei/ghes-do-proc.ts#ghesDoProc',
  data: closed({ source: SourceId, comm: Type.String() }),
  says: ({ source, comm }) => `${comm} has no mm: nobody to send the SIGBUS for source ${source} to`,
  example: { source: 0, comm: 'kworker' }
})

export const ghesOverRead = step({
  name: 'ghes.over-read',
  level: 'story',
  rule: 'shared/linux/ras/log-arm-hw-error.ts#logArmHwError',
  data: closed({ event: Type.String(), bytes: Type.Integer() }),
  says: ({ event, bytes }) => `${event} copies ${bytes} bytes from beyond its section`,
  example: { event: 'arm_event', bytes: 8 }
})

export const ghesUnmodelled = step({
  name: 'ghes.unmodelled',
  level: 'story',
  loud: 'unmodelled',
  rule: 'shared/linux/ras/non-standard-event.ts#logNonStandardEvent',
  data: closed({ what: Type.String(), sectionType: Type.String() }),
  says: ({ what, sectionType }) => `${what} ${sectionType}: what the kernel does with it`,
  example: { what: 'CXL section', sectionType: 'fbcd0a77-c260-417f-85a9-088b1621eba6' }
})

export const aerIgnored = step({
  name: 'ghes.aer-ignored',
  level: 'story',
  loud: 'lost',
  rule: 'shared/linux/apei/ghes-handle-aer.ts#ghesHandleAer',
  data: closed({ why: Type.String() }),
  says: ({ why }) => `the PCIe section leads to no recovery: ${why}`,
  example: { why: 'no device id or no AER registers' }
})

export const aerRecover = step({
  name: 'aer.recover',
  level: 'story',
  rule: 'shared/linux/apei/ghes-handle-aer.ts#ghesHandleAer',
  data: closed({ device: Type.String(), severity: Type.Integer(), status: Type.Integer() }),
  says: ({ device, severity, status }) => `aer_recover_queue(${device}): severity ${severity}, status ${hex(status)}`,
  example: { device: '0000:01:00.0', severity: 0, status: 4096 }
})

export const traceLost = step({
  name: 'trace.lost',
  level: 'story',
  loud: 'lost',
  data: closed({ event: Type.String(), why: Type.String(), length: Type.Optional(Type.Integer()) }),
  says: ({ event, why }) => `the tracepoint ${event} has no entry: ${why}`,
  example: { event: 'arm_event', why: 'larger than a page', length: 5000 }
})

const claim = closed({
  claimed: Type.Boolean(),
  records: Type.Optional(Type.Integer({ minimum: 0 })),
  why: Type.Optional(Type.String())
})
const saysClaim = (
  what: string,
  { claimed, records, why }: { claimed: boolean; records?: number; why?: string }
): string =>
  claimed
    ? `APEI claims the ${what}: ${counted(records ?? 0, 'record')}`
    : `APEI does not claim the ${what}: ${why ?? 'no source has a record'}`

export const apeiClaimSeaStep = step({
  name: 'apei.claim-sea',
  level: 'story',
  rule: 'shared/linux/apei/apei-claim-sea.ts#apeiClaimSea',
  data: claim,
  says: (data) => saysClaim('SEA', data),
  example: { claimed: true, records: 1 }
})

export const apeiClaimSeiStep = step({
  name: 'apei.claim-sei',
  level: 'story',
  rule: 'shared/linux/apei/apei-claim-sea.ts#apeiClaimSei',
  data: claim,
  says: (data) => saysClaim('SError', data),
  example: { claimed: true, records: 1 }
})

export const hedAbsent = step({
  name: 'hed.absent',
  level: 'story',
  loud: 'lost',
  rule: 'shared/linux/apei/ghes-notify-hed.ts#notifyHed',
  data: closed({ why: Type.String() }),
  says: ({ why }) => `nobody listens to the hardware error device: ${why}`,
  example: { why: 'no PNP0C33 device' }
})

export const sdeiUnregistered = step({
  name: 'sdei.unregistered',
  level: 'story',
  loud: 'lost',
  rule: 'shared/linux/apei/ghes-notify-sdei.ts#notifySdei',
  data: closed({ event: Type.Integer() }),
  says: ({ event }) => `no source is registered for SDEI event ${event}`,
  example: { event: 805 }
})

export const sdeiComplete = step({
  name: 'sdei.complete',
  level: 'detail',
  rule: 'shared/linux/apei/ghes-notify-sdei.ts#notifySdei',
  data: closed({
    event: Type.Integer(),
    status: Type.Integer(),
    call: Type.String(),
    resumeOffset: Type.Optional(Type.Integer())
  }),
  says: ({ event, status, call }) => `SDEI event ${event} handled with status ${status}: ${call}`,
  example: { event: 804, status: 0, call: 'EVENT_COMPLETE_AND_RESUME', resumeOffset: 640 }
})

export const bertUnreadable = step({
  name: 'bert.unreadable',
  level: 'story',
  loud: 'lost',
  rule: 'shared/linux/apei/bert.ts#bertInit',
  data: closed({ region: U64, regionLength: Type.Integer() }),
  says: ({ region, regionLength }) => `the boot error region at ${region}, ${regionLength} bytes, cannot be read`,
  example: { region: '0x3f0f0000', regionLength: 4096 }
})

export const APEI_STEPS = [
  ghesArmed,
  ghesNoRecord,
  ghesBlockUnreadable,
  ghesValidated,
  ghesCleared,
  ghesAcknowledged,
  ghesAckUnreadable,
  ghesDuplicate,
  ghesPoolExhausted,
  ghesNotPrinted,
  ghesQueued,
  ghesNoConsumer,
  ghesOverRead,
  ghesUnmodelled,
  aerIgnored,
  aerRecover,
  traceLost,
  apeiClaimSeaStep,
  apeiClaimSeiStep,
  hedAbsent,
  sdeiUnregistered,
  sdeiComplete,
  bertUnreadable
]
