import { memoryRegister } from '../../shared/formats/generic-address.ts'
import { GHES_TYPE, GHES_V2_TYPE, oneRecord, type GhesSource, type ReadAck } from '../../shared/formats/ghes-source.ts'
import { encodeHest } from '../../shared/formats/hest.ts'
import { hestNotification, NOTIFY, type HestNotification } from '../../shared/formats/hest-notification.ts'
import { CARVE_OUT } from './state.ts'

/** Every source owns the page after the one of its predecessor: pointer cell, read-ack register, status block. */
const SOURCE_PAGE = 0x1000n
const READ_ACK_OFFSET = 0x08n
const BLOCK_LENGTH = 0xc00
const READ_ACK_WRITE = 1n
const READ_ACK_PRESERVE = 0xffff_ffff_ffff_fffen

const POLL_INTERVAL_MS = 1000

/** Type of source, notification; the source id is the position. */
const SOURCES: readonly (readonly [1 | 2, HestNotification])[] = [
  [2, hestNotification(NOTIFY.SEA)],
  [2, hestNotification(NOTIFY.polled, { pollInterval: POLL_INTERVAL_MS })],
  [2, hestNotification(NOTIFY.external, { vector: 232 })],
  [2, hestNotification(NOTIFY.GSIV, { vector: 233 })],
  [1, hestNotification(NOTIFY.polled, { pollInterval: POLL_INTERVAL_MS })],
  [2, hestNotification(NOTIFY.SEI)],
  [2, hestNotification(NOTIFY.SDEI, { vector: 804 })]
]

function source(version: 1 | 2, notification: HestNotification, sourceId: number): GhesSource {
  const page = CARVE_OUT.start + SOURCE_PAGE * BigInt(sourceId + 1)
  const common = {
    sourceId,
    ...oneRecord(BLOCK_LENGTH),
    errorStatusAddress: memoryRegister(page),
    notification
  }
  if (version === 1) return { type: GHES_TYPE, ...common }
  const readAck: ReadAck = {
    register: memoryRegister(page + READ_ACK_OFFSET),
    preserve: READ_ACK_PRESERVE,
    write: READ_ACK_WRITE
  }
  return { type: GHES_V2_TYPE, ...common, readAck }
}

/**
 * The HEST of a new machine: sources 0 SEA, 1 POLLED, 2 EXTERNAL, 3 GSIV, 4 POLLED as GHESv1, 5 SEI, 6 SDEI.
 *
 * Spec: ACPI 6.5, 18.3.2 (HEST). The set of sources is ours, as in the recordings of real kernels.
 * Fidelity: exact.
 */
export function defaultHest(): Uint8Array {
  return encodeHest({
    revision: 1,
    oemId: 'SEABUS',
    oemTableId: 'SEABUSRA',
    oemRevision: 1,
    creatorId: 'SBUS',
    creatorRevision: 1,
    sources: SOURCES.map(([version, notification], sourceId) => source(version, notification, sourceId))
  })
}
