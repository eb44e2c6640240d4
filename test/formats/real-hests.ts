import { memoryRegister } from '../../shared/formats/generic-address.ts'
import { GHES_TYPE, GHES_V2_TYPE, NO_RELATED_SOURCE, type GhesSource } from '../../shared/formats/ghes-source.ts'
import { hestNotification, NOTIFY } from '../../shared/formats/hest-notification.ts'
import { encodeHest, type Hest, type OpaqueSource } from '../../shared/formats/hest.ts'

/** HESTs of machines, rebuilt from the values that somebody printed of them. */

const COMMON = {
  type: GHES_V2_TYPE,
  relatedSourceId: NO_RELATED_SOURCE,
  flags: 0,
  enabled: 1,
  recordsToPreallocate: 1,
  maxSectionsPerRecord: 1,
  maxRawDataLength: 0x1000,
  errorStatusBlockLength: 0x1000
} as const

/** Doorbells of the two sockets of an Altra. */
export const ALTRA_DOORBELL = [0x1000_0054_3010n, 0x5000_0054_3010n] as const

function altraSource(sourceId: number, notify: number, write: bigint, socket: 0 | 1 = 0): GhesSource {
  return {
    ...COMMON,
    sourceId,
    errorStatusAddress: memoryRegister(0x8820_0000n + 8n * BigInt(sourceId)),
    notification: hestNotification(notify, { pollInterval: 3000 }),
    readAck: { register: memoryRegister(ALTRA_DOORBELL[socket]), preserve: 0n, write }
  }
}

const ALTRA_SOURCES: readonly GhesSource[] = [
  altraSource(0, NOTIFY.SCI, 0xb1d0_0000n),
  altraSource(1, NOTIFY.polled, 0xb1c0_0000n),
  altraSource(2, NOTIFY.SCI, 0xb1f0_0000n),
  altraSource(6, NOTIFY.SCI, 0xb190_0000n),
  altraSource(7, NOTIFY.SCI, 0xb190_0001n)
]
const ALTRA = { revision: 1, oemId: 'Ampere', oemTableId: 'Altra   ', oemRevision: 1, creatorId: 'INTL' }

/**
 * One socket, 500 bytes with checksum 0x7a: five sources ring one doorbell, each with a message of its own.
 * From a disassembly of an Altra's tables, 2022-08 (ASL compiler 20201217).
 */
export const ALTRA_HEST = encodeHest({ ...ALTRA, creatorRevision: 0x2020_1217, sources: ALTRA_SOURCES })

/**
 * Two sockets, 776 bytes. From tianocore/edk2-platforms at 9ef9bcef5090,
 * Silicon/Ampere/AmpereAltraPkg/AcpiCommonTables/Hest.asl.
 */
export const ALTRA_HEST_2P = encodeHest({
  ...ALTRA,
  creatorRevision: 0x2010_0528,
  sources: [
    ...ALTRA_SOURCES,
    altraSource(3, NOTIFY.SCI, 0xb1d0_0000n, 1),
    altraSource(4, NOTIFY.polled, 0xb1c0_0000n, 1),
    altraSource(5, NOTIFY.SCI, 0xb1f0_0000n, 1)
  ]
})

/**
 * Phytium S5000C, 592 bytes: Notify Length 0x5c, six SDEI sources. The first is as printed in "acpi apei" by Jack Huang,
 * 2023-11-21 (JackHuang021, 059_acpi_apei.md), whose log has event 3 for source 2; the others are the first a page further.
 */
export const S5000C_HEST = encodeHest({
  revision: 1,
  oemId: 'PHYLTD',
  oemTableId: 'PHYTIUM.',
  oemRevision: 1,
  creatorId: 'PHYT',
  creatorRevision: 1,
  sources: [0, 1, 2, 3, 4, 5].map((sourceId) => ({
    ...COMMON,
    sourceId,
    errorStatusAddress: memoryRegister(0xfb10_0008n + 0x1000n * BigInt(sourceId)),
    notification: hestNotification(NOTIFY.SDEI, {
      length: 0x5c,
      configurationWriteEnable: 0x3e,
      pollInterval: 20,
      vector: sourceId + 1
    }),
    readAck: {
      register: memoryRegister(0xfb10_0000n + 0x1000n * BigInt(sourceId)),
      preserve: 0xffff_ffff_ffff_fffen,
      write: 1n
    }
  }))
})

/**
 * Arm's infrastructure reference designs, 224 bytes with checksum 0x6b: two SDEI sources whose Read Ack Preserve and Write
 * are both 0. From the output in https://github.com/tianocore/edk2/pull/5747.
 */
export const REFINFRA_HEST = encodeHest({
  revision: 1,
  oemId: 'ARMLTD',
  oemTableId: 'REFINFRA',
  oemRevision: 0x2020_0831,
  creatorId: 'ARM ',
  creatorRevision: 1,
  sources: [
    { sourceId: 10, page: 0xff62_1000n, raw: 0x360, block: 0x3bc, event: 0x325 },
    { sourceId: 20, page: 0xff62_2000n, raw: 0x50, block: 0xac, event: 0x324 }
  ].map(({ sourceId, page, raw, block, event }) => ({
    ...COMMON,
    sourceId,
    maxRawDataLength: raw,
    errorStatusBlockLength: block,
    errorStatusAddress: memoryRegister(page + 8n),
    notification: hestNotification(NOTIFY.SDEI, { vector: event }),
    readAck: { register: memoryRegister(page), preserve: 0n, write: 0n }
  }))
})

function opaque(type: number, sourceId: number, size: number, banksAt?: number, banks = 0): OpaqueSource {
  const bytes = new Uint8Array(size + 28 * banks)
  const view = new DataView(bytes.buffer)
  view.setUint16(0, type, true)
  view.setUint16(2, sourceId, true)
  if (banksAt !== undefined) bytes[banksAt] = banks
  return { type, bytes }
}

const noAddress = { ...COMMON, errorStatusAddress: memoryRegister(0n), notification: hestNotification(NOTIFY.NMI) }

/**
 * The template that `iasl -T HEST` writes (acpica-tools 20200925), as far as a walk goes: eight sources, two ids more than
 * once, addresses 0, and a count of 4.
 */
export const TEMPLATE: Hest = {
  revision: 1,
  oemId: 'INTEL ',
  oemTableId: 'Template',
  oemRevision: 1,
  creatorId: 'INTL',
  creatorRevision: 0x2017_0303,
  sources: [
    opaque(0, 0, 40, 32, 2),
    opaque(1, 1, 48, 44, 2),
    opaque(7, 0, 44),
    opaque(8, 0, 56),
    { ...noAddress, type: GHES_TYPE, sourceId: 2, notification: hestNotification(NOTIFY.SCI) },
    { ...noAddress, type: GHES_TYPE, sourceId: 3, relatedSourceId: 0 },
    {
      ...noAddress,
      sourceId: 3,
      relatedSourceId: 0,
      readAck: { register: memoryRegister(0n), preserve: 0n, write: 0n }
    },
    opaque(11, 1, 48, 44, 1)
  ]
}
