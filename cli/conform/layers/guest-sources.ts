import { ERROR_DATA_ENTRY_REVISION } from '../../../shared/formats/error-data-entry.ts'
import { encodeBlockStatus, encodeErrorStatusBlock } from '../../../shared/formats/error-status-block.ts'
import { memoryRegister } from '../../../shared/formats/generic-address.ts'
import { GHES_V2_TYPE, oneRecord } from '../../../shared/formats/ghes-source.ts'
import { SECTION_TYPE } from '../../../shared/formats/guid.ts'
import { encodeHest } from '../../../shared/formats/hest.ts'
import { hestNotification, NOTIFY } from '../../../shared/formats/hest-notification.ts'
import { encodeMemorySection, MEMORY_ERROR_TYPE } from '../../../shared/formats/memory-section.ts'
import { SEVERITY } from '../../../shared/formats/severity.ts'

/** The error sources of a guest as its VMM lays them out: one that an SEA tells of, one that the GED's interrupt does. */

export const SOURCES = ['SEA', 'GPIO'] as const
export type Source = (typeof SOURCES)[number]

export const HEST = 0x43d9_0000n
const BLOCK_LENGTH = 0x400
/** By source: the cell with the block's address, the block, and the read-ack cell. */
export const CELLS = {
  SEA: { address: 0x43da_0000n, readAck: 0x43da_0010n, block: 0x43db_0000n },
  GPIO: { address: 0x43da_0008n, readAck: 0x43da_0018n, block: 0x43db_0400n }
} as const

const ACKNOWLEDGE = 1n
const U64_MASK = 0xffff_ffff_ffff_ffffn

/** The HEST with both, GHESv2 each. */
export function hestOf(): Uint8Array {
  return encodeHest({
    revision: 1,
    oemId: 'SEABUS',
    oemTableId: 'CONFORM',
    oemRevision: 1,
    creatorId: 'SEAB',
    creatorRevision: 1,
    sources: SOURCES.map((source, sourceId) => ({
      type: GHES_V2_TYPE,
      sourceId,
      ...oneRecord(BLOCK_LENGTH),
      errorStatusAddress: memoryRegister(CELLS[source].address),
      notification: hestNotification(NOTIFY[source]),
      readAck: {
        register: memoryRegister(CELLS[source].readAck),
        preserve: U64_MASK & ~ACKNOWLEDGE,
        write: ACKNOWLEDGE
      }
    }))
  })
}

/** A status block: a recoverable memory error in this page. */
export function recordOf(guestPhysical: bigint): Uint8Array {
  const payload = encodeMemorySection({
    physicalAddress: guestPhysical,
    physicalAddressMask: U64_MASK & ~0xfffn,
    errorType: MEMORY_ERROR_TYPE.indexOf('multi-bit ECC')
  })
  const severity = SEVERITY.recoverable
  return encodeErrorStatusBlock({
    blockStatus: encodeBlockStatus({ uncorrectable: true, entryCount: 1 }),
    severity,
    entries: [
      { sectionType: SECTION_TYPE.platformMemory, severity, revision: ERROR_DATA_ENTRY_REVISION.v3, flags: 0, payload }
    ]
  })
}
