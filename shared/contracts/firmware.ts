import { Type, type Static } from 'typebox'
import {
  closed,
  named,
  Done,
  ExceptionTaken,
  INTERRUPTED_EXAMPLE,
  MemoryContents,
  Notification,
  SourceId,
  SourceNotification,
  U32
} from './common.ts'
import { einjInject, einjTypes } from './einj.ts'
import { ErrorInterrupt } from './hardware.ts'
import { hestInstall, hestRead } from './hest-tables.ts'
import { message } from './message.ts'
import { Bytes, U64 } from './wire.ts'

export { EINJ_REQUEST, type EinjInject, einjInject, einjTypes } from './einj.ts'
export { type HestInstalled, hestInstall, hestRead } from './hest-tables.ts'

/** Everything firmware (EL3) accepts, and the memory it shares with the OS; error injection and the HEST are beside it. */
const M = '/v1/machines/:machine'

export const exceptionTakeEl3 = message({
  type: 'exception.take',
  to: 'firmware',
  method: 'POST',
  path: `${M}/exceptions`,
  summary: 'A PE takes an exception to EL3 (firmware first: SCR_EL3.EA = 1)',
  description:
    'A record of the error goes into the status block of a source, if the OS has acknowledged the one before. Then, for a notification by interrupt: exception.return to the hardware first, apei.notify to the host kernel after its answer. SEA, SEI and SDEI carry the exception: apei.notify has esr, far and interrupted, and the host returns from it.',
  data: ExceptionTaken,
  example: {
    exception: 'SError',
    el: 3,
    esr: '0xbe000c11',
    interrupted: INTERRUPTED_EXAMPLE,
    record: { status: '0xe4300012', hostPhysical: '0x48001000', kind: 'memory', severity: 'recoverable' }
  }
})

export const errorInterrupt = message({
  type: 'error.interrupt',
  to: 'firmware',
  method: 'POST',
  path: `${M}/error-interrupts`,
  summary: 'Fault handling interrupt of a RAS node, taken at EL3',
  description: 'As exception.take, with nothing to return to.',
  data: ErrorInterrupt,
  example: { record: { status: '0xe4300012', hostPhysical: '0x48001000', kind: 'memory', severity: 'recoverable' } }
})

/** As QEMU writes it: an uncorrected memory error at 0x40200000. */
const QEMU_BLOCK = [
  'AQAAAAAAAAAAAAAAmAAAAAAAAAAUEbylZG/eTrhjPoPtfIOxAAAAAAADAABQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
  'AAAAAAAAAAAAAAAAAAAAAAAAAAACQAAAAAAAAAAAAAAAAAAAAAAgQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
  'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=='
].join('')

export const errorRecordSubmit = message({
  type: 'error-record.submit',
  to: 'firmware',
  method: 'POST',
  path: `${M}/error-records`,
  raw: 'bytes',
  summary: 'Raw bytes of a Generic Error Status Block or a UEFI CPER record, published through an error source',
  data: closed({
    source: SourceId,
    verbatim: Type.Optional(
      Type.Boolean({ description: 'publish the bytes unchecked, to see what the OS makes of what is no record to it' })
    ),
    bytes: Bytes
  }),
  example: { source: 1, bytes: QEMU_BLOCK }
})

export const notificationChoose = message({
  type: 'notification.choose',
  to: 'firmware',
  method: 'PUT',
  path: `${M}/notification`,
  summary: 'Which notification type firmware uses for an error, by its severity',
  description: 'For those who set up a run: firmware with one source may take it and do nothing.',
  data: closed({
    recoverable: Type.Optional(Notification),
    corrected: Type.Optional(Notification),
    fatal: Type.Optional(Notification)
  }),
  example: { recoverable: 'GSIV' }
})

export const bootErrorsInstall = message({
  type: 'boot-errors.install',
  to: 'firmware',
  method: 'PUT',
  path: `${M}/boot-error-region`,
  raw: 'bytes',
  summary:
    'What firmware kept of the previous boot: the boot error region as dumped, status blocks one after the other',
  description:
    'The OS sees the BERT at its next boot, prints up to five records of less than 1024 bytes and clears their Block Status. Without it the region fills by itself: firmware keeps every fatal record.',
  data: closed({ bytes: Bytes }),
  reply: closed({
    region: Type.Unsafe<bigint>({ ...U64, description: 'where the region lies, for memory.read' }),
    length: Type.Integer(U32)
  }),
  example: { bytes: QEMU_BLOCK }
})

export const memoryRead = message({
  type: 'memory.read',
  to: 'firmware',
  method: 'GET',
  path: `${M}/memory/:hostPhysical`,
  summary: 'Reads memory that firmware shares with the OS: block pointers, read-ack registers, status blocks',
  description:
    'Little-endian, as in RAM. The Error Status Address of a source is a cell with the address of its block; the read-ack register of a GHESv2 is a cell as well. The kernel reads the cell, the header of the block, then the rest, each time it is notified.',
  data: closed({ hostPhysical: U64, length: Type.Integer({ minimum: 1, maximum: 65536 }) }),
  reply: MemoryContents,
  example: { hostPhysical: '0x3f002008', length: 8 }
})
export const memoryWrite = message({
  type: 'memory.write',
  to: 'firmware',
  method: 'PUT',
  path: `${M}/memory/:hostPhysical`,
  summary: 'Writes memory that firmware shares with the OS: clearing block_status, the acknowledgement',
  description:
    'When the kernel has a record it writes Block Status 0, and for a GHESv2 the read-ack register, preserve and write masks applied: from then on the block is free.',
  data: closed({ hostPhysical: U64, bytes: Bytes }),
  reply: Done,
  example: { hostPhysical: '0x3f002008', bytes: 'AQAAAAAAAAA=' }
})

export const sdeiMask = message({
  type: 'sdei.mask',
  to: 'firmware',
  method: 'PUT',
  path: `${M}/sdei`,
  summary: 'SDEI_PE_MASK and SDEI_PE_UNMASK: while the PE is masked an event is not dispatched, and the OS is not told',
  data: closed({ peMasked: Type.Boolean() }),
  example: { peMasked: false }
})

/** Firmware by name, as releases of TF-A: the first is what a new machine has. */
export const FIRMWARE_PROFILES = ['tf-a-2.12', 'tf-a-2.14', 'tf-a-2.15', 'tf-a-2026-08'] as const
export const FirmwareProfile = Type.Enum([...FIRMWARE_PROFILES], {
  title: 'FirmwareProfile',
  description: 'what is uncontainable, and where EL3 goes after a synchronous abort; default tf-a-2.12'
})
export const firmwareProfile = message({
  type: 'firmware.profile',
  to: 'firmware',
  method: 'PUT',
  path: `${M}/profile`,
  summary: 'Which firmware runs at EL3: a release of TF-A',
  description:
    'tf-a-2.12 and 2.14: SET UC with FSC 0x10 is a platform panic. tf-a-2.15: either is. tf-a-2026-08, without SDEI: as 2.15, and an SEA that is not fatal is injected into EL2, or EL1 of a guest, whatever else tells the OS.',
  data: closed({ profile: FirmwareProfile }),
  example: { profile: 'tf-a-2.14' }
})

export const memoryWatch = message({
  type: 'memory.watch',
  to: 'firmware',
  method: 'POST',
  path: `${M}/memory/:hostPhysical/watches`,
  summary:
    'Asks to be told once, by memory.changed, when the u32 here is not zero: spares an OS that polls a status block the polls that would find nothing. Firmware that refuses this is polled all the time',
  data: closed({ hostPhysical: U64 }),
  reply: Done,
  example: { hostPhysical: '0x3f002040' }
})

export const FIRMWARE_ACCEPTS = [
  exceptionTakeEl3,
  errorInterrupt,
  errorRecordSubmit,
  einjInject,
  einjTypes,
  notificationChoose,
  hestInstall,
  hestRead,
  bootErrorsInstall,
  memoryRead,
  memoryWrite,
  memoryWatch,
  sdeiMask,
  firmwareProfile
]

/** One error source as firmware shows it. */
export const ErrorSourceView = named('ErrorSource', {
  sourceId: SourceId,
  notify: SourceNotification,
  vector: Type.Integer(),
  pollIntervalMs: Type.Integer(),
  version: Type.Enum([1, 2]),
  pointer: U64,
  statusBlock: U64,
  readAckRegister: Type.Optional(U64),
  readAck: Type.Optional(U64),
  doorbell: Type.Optional(Type.Boolean({ description: 'shared: each write is a message to one source' })),
  blockStatus: Type.Integer(),
  waiting: Type.Integer({ description: 'records held back until the OS acknowledges' })
})
export type ErrorSourceView = Static<typeof ErrorSourceView>
