import { Type } from 'typebox'
import { named, Notification, Severity } from '../common.ts'
import { ErrorSourceView, FirmwareProfile } from '../firmware.ts'
import { Bytes, U64 } from '../wire.ts'
import { PhysicalRange } from './linux.ts'

/** What can be read of the firmware of a machine. */

export const NotificationChoice = named('NotificationChoice', {
  recoverable: Notification,
  corrected: Notification,
  fatal: Notification
})
export const Firmware = named('Firmware', {
  running: Type.Boolean(),
  panicked: Type.Optional(Type.String({ description: 'why it has stopped' })),
  profile: FirmwareProfile,
  memory: PhysicalRange,
  notification: NotificationChoice,
  sources: Type.Integer({ description: 'how many error sources the HEST has' })
})
export const ErrorSources = named('ErrorSources', { sources: Type.Array(ErrorSourceView) })

const Malformed = named('MalformedRecord', {
  offset: Type.Integer({ description: 'in bytes, from the start of the block' }),
  rule: Type.String({ description: 'the rule that is broken' }),
  found: Type.Optional(Type.String())
})

/** An error data entry of a status block, with its section read as far as that goes. */
const StatusBlockSection = named('StatusBlockSection', {
  sectionType: Type.String({ description: 'GUID, lower case' }),
  severity: Type.Integer(),
  revision: Type.Integer(),
  flags: Type.Integer(),
  fruId: Type.Optional(Type.String()),
  fruText: Type.Optional(Type.String()),
  timestamp: Type.Optional(Type.Unsafe<bigint>({ ...U64, description: 'BCD' })),
  unvalidated: Type.Optional(
    Type.Object({}, { additionalProperties: true, description: 'what fields hold whose validation bit is clear' })
  ),
  reservedValidation: Type.Optional(Type.Integer()),
  kept: Type.Optional(Type.Array(named('KeptBytes', { offset: Type.Integer(), bytes: Bytes }))),
  unknown: Type.Boolean({ description: 'nobody here reads its body: it stays bytes' }),
  kind: Type.Optional(
    Type.Enum([
      'processorGeneric',
      'processorArm',
      'platformMemory',
      'platformMemory2',
      'pciExpress',
      'firmwareRecordReference'
    ])
  ),
  name: Type.Optional(Type.String()),
  body: Type.Optional(
    Type.Object({}, { additionalProperties: true, description: 'its fields by their names in UEFI, appendix N' })
  ),
  bytes: Type.Optional(Type.Unsafe<Uint8Array>({ ...Bytes, description: 'the body where it is not read' })),
  malformed: Type.Optional(Malformed)
})

export const StatusBlock = named('StatusBlock', {
  header: named('StatusBlockHeader', {
    blockStatus: Type.Integer(),
    rawDataOffset: Type.Integer(),
    rawDataLength: Type.Integer(),
    dataLength: Type.Integer(),
    severity: Type.Integer()
  }),
  severity: Type.Optional(Severity),
  sections: Type.Array(StatusBlockSection),
  malformed: Type.Optional(Malformed),
  bytes: Type.Unsafe<Uint8Array>({ ...Bytes, description: 'the whole block, stale bytes included' })
})
