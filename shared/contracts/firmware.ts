import { Type, type Static } from 'typebox'
import {
  closed,
  Done,
  ExceptionTaken,
  INTERRUPTED_EXAMPLE,
  LinuxVersion,
  MemoryContents,
  Notification,
  SourceId,
  SourceNotification
} from './common.ts'
import { ErrorInterrupt } from './hardware.ts'
import { message } from './message.ts'
import { Bytes, U64 } from './wire.ts'

/** Everything firmware (EL3) accepts, and the memory it shares with the OS. */
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

const U32 = { minimum: 0, maximum: 0xffffffff } as const

/** A request with EINJ's own numbers; Linux names the parameters and gives them a meaning without flags. */
export const EINJ_REQUEST = {
  type: Type.Integer({ minimum: 1, maximum: 0xffffffff, description: 'one error type bit, e.g. 0x10 = 16 memory UE' }),
  flags: Type.Optional(
    Type.Integer({
      ...U32,
      description:
        '1 CPU id (param3), 2 address and mask (param1, param2), 4 SBDF (param4); 0: param1 is the CPU id, the address (param2 its mask) or the SBDF, by the type'
    })
  ),
  param1: Type.Optional(Type.Unsafe<bigint>({ ...U64, description: 'address' })),
  param2: Type.Optional(Type.Unsafe<bigint>({ ...U64, description: 'address mask, of a page or less' })),
  param3: Type.Optional(Type.Integer({ ...U32, description: 'CPU id: APIC id, or MPIDR' })),
  param4: Type.Optional(
    Type.Integer({ ...U32, description: 'PCIe SBDF: segment 31:24, bus 23:16, device 15:11, function 10:8' })
  ),
  signalled: Type.Optional(
    Type.Enum(['SEA', 'SError'], { description: 'ours: how consuming the planted error surfaces' })
  )
}

/**
 * Spec: ACPI 6.5 18.6 (EINJ), SET_ERROR_TYPE_WITH_ADDRESS; Linux names the parameters param1..param4.
 * Fidelity: approximates. One request carries what the action sequence would set; the trigger table is one flag.
 */
export const einjInject = message({
  type: 'einj.inject',
  to: 'firmware',
  method: 'POST',
  path: `${M}/einj`,
  summary: "An error injection request with EINJ's own numbers, as firmware gets it",
  description:
    'Answered with the command status once the error is there. Anything but success is a refusal: of the type first, then the flags, then what they make valid, then the address. What Linux checks before firmware hears of it is at the host kernel’s /einj.',
  data: closed({
    ...EINJ_REQUEST,
    notrigger: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 1,
        description: '1 or absent: plant it, let software consume it; 0: detected at once'
      })
    )
  }),
  reply: closed({ status: Type.Literal('success') }),
  example: { type: 16, flags: 2, param1: '0x48001000', param2: '0xfffffffffffff000', notrigger: 1 }
})
export type EinjInject = Static<typeof einjInject.data>

export const einjTypes = message({
  type: 'einj.types',
  to: 'firmware',
  method: 'GET',
  path: `${M}/einj`,
  summary: 'GET_ERROR_TYPE: the error types that can be injected, as bits and by name',
  data: closed({}),
  reply: closed({
    errorType: Type.Integer({ ...U32, description: 'the bits, as the action answers them' }),
    types: Type.Array(closed({ type: Type.Integer(U32), name: Type.String() })),
    availableErrorType: Type.String({ description: 'as /sys/kernel/debug/apei/einj/available_error_type reads' })
  }),
  example: {}
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

/** What came of a HEST: where each source is, and what Linux says of it. */
const HestInstalled = closed({
  sources: Type.Array(
    closed({
      sourceId: SourceId,
      type: Type.Enum([9, 10], { description: '9 GHES, 10 GHESv2' }),
      notify: SourceNotification,
      served: Type.Boolean({ description: 'firmware has a block for it; else its cells are not in its memory' }),
      because: Type.Optional(Type.String()),
      statusBlock: Type.Optional(U64),
      doorbell: Type.Optional(
        Type.Boolean({ description: 'its Read Ack Register is shared: each write is a message' })
      ),
      linux: Type.Enum(['armed', 'refused', 'disabled', 'unused'], {
        description: 'what ghes_probe() makes of it; unused when the kernel takes no source of the table'
      }),
      reason: Type.Optional(Type.String({ description: "the kernel's line" }))
    }),
    { description: 'GHES and GHESv2 in the order of the table, as many as its count names' }
  ),
  linux: closed({
    version: LinuxVersion,
    hest: Type.Enum(['absent', 'enabled', 'disabled']),
    log: Type.Array(Type.String(), { description: 'every line that a boot prints about the table' })
  }),
  ignored: Type.Array(closed({ source: Type.Optional(SourceId), what: Type.String() }), {
    description: 'what says something and is read by no rule of the kernel'
  })
})
export type HestInstalled = Static<typeof HestInstalled>

export const hestInstall = message({
  type: 'hest.install',
  to: 'firmware',
  method: 'PUT',
  path: `${M}/hest`,
  raw: 'table',
  summary:
    'Replaces the HEST (the OS sees it at its next boot) and says what Linux will arm, refuse, warn of or ignore',
  description:
    'Refused are bytes that cannot be walked as a HEST, and a source that Linux would use with cells outside of the memory that firmware owns; what Linux takes is taken.',
  data: closed({
    relocate: Type.Optional(
      Type.Boolean({
        description:
          "the table of another machine as dumped: its cells are moved into this firmware's memory, all else stays"
      })
    ),
    verbatim: Type.Optional(
      Type.Boolean({ description: 'any bytes, to see what the OS makes of them; firmware serves what it can' })
    ),
    linux: Type.Optional({ ...LinuxVersion, description: 'whose words the answer has; 6.1 unless said' }),
    table: Bytes
  }),
  reply: HestInstalled
})

export const hestRead = message({
  type: 'hest.read',
  to: 'firmware',
  method: 'GET',
  path: `${M}/hest`,
  summary: 'The Hardware Error Source Table as the OS finds it',
  description:
    'Asked once at every boot of the host kernel, before anything else. ACPI 6.5, 18.3.2: GHES or GHESv2, whose addresses are system memory that memory.read and memory.write serve.',
  data: closed({}),
  reply: closed({
    table: Bytes,
    bert: Type.Optional(
      Type.Unsafe<Uint8Array>({ ...Bytes, description: 'the Boot Error Record Table; absent while there is none' })
    )
  })
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
    length: Type.Integer({ minimum: 0 })
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
export const ErrorSourceView = closed({
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
