import { buildRecord } from '../../../services/firmware/build-record.ts'
import type { Severity } from '../../../shared/contracts/common.ts'
import { hestRead, memoryRead, memoryWatch, memoryWrite } from '../../../shared/contracts/firmware.ts'
import { viewOf } from '../../../shared/formats/bytes.ts'
import { memoryRegister } from '../../../shared/formats/generic-address.ts'
import { GHES_V2_TYPE, NO_RELATED_SOURCE } from '../../../shared/formats/ghes-source.ts'
import { hestNotification, NOTIFY } from '../../../shared/formats/hest-notification.ts'
import { encodeHest } from '../../../shared/formats/hest.ts'
import type { Scene } from '../scene.ts'

/** Firmware as a kernel under test finds it: a HEST with one GHESv2, told by the interrupt of the generic event device. */

export const SOURCE = { source: 3, notify: 'GSIV', vector: 233 } as const

const START = 0x3f00_4000n
const SIZE = 0x2000
export const CELL = { pointer: START, readAck: START + 0x48n, block: START + 0x1000n } as const
const BLOCK_LENGTH = 0xc00

/** What is in the register of a record that was not read yet, and the masks: a kernel that ignores either gives other bits. */
const READ_ACK = { before: 0x1234_5678_9abc_def0n, preserve: 0xffff_ffff_0000_fffen, write: 1n } as const
/** What a kernel writes there. */
export const ACKNOWLEDGED = new Uint8Array(8)
viewOf(ACKNOWLEDGED).setBigUint64(0, (READ_ACK.before & READ_ACK.preserve) | READ_ACK.write)

const TABLE = encodeHest({
  revision: 1,
  oemId: 'SEABUS',
  oemTableId: 'CONFORM ',
  oemRevision: 1,
  creatorId: 'SBUS',
  creatorRevision: 1,
  sources: [
    {
      type: GHES_V2_TYPE,
      sourceId: SOURCE.source,
      relatedSourceId: NO_RELATED_SOURCE,
      flags: 0,
      enabled: 1,
      recordsToPreallocate: 1,
      maxSectionsPerRecord: 1,
      maxRawDataLength: BLOCK_LENGTH,
      errorStatusAddress: memoryRegister(CELL.pointer),
      notification: hestNotification(NOTIFY.GSIV, { vector: SOURCE.vector }),
      errorStatusBlockLength: BLOCK_LENGTH,
      readAck: { register: memoryRegister(CELL.readAck), preserve: READ_ACK.preserve, write: READ_ACK.write }
    }
  ]
})

export interface FirmwareMemory {
  /** Bytes lie in the block of the source from now on. */
  readonly publish: (block: Uint8Array) => void
}

/** The neighbour firmware, with memory of its own from now on. */
export function playFirmware(scene: Scene): FirmwareMemory {
  const memory = new Uint8Array(SIZE)
  const view = viewOf(memory)
  const at = (hostPhysical: bigint) => Number(hostPhysical - START)
  const isHere = (hostPhysical: bigint, length: number) =>
    hostPhysical >= START && hostPhysical + BigInt(length) <= START + BigInt(SIZE)
  view.setBigUint64(at(CELL.pointer), CELL.block)
  view.setBigUint64(at(CELL.readAck), READ_ACK.before)

  scene.answer(hestRead, () => ({ table: TABLE }))
  scene.answer(memoryRead, ({ hostPhysical, length }) => ({
    bytes: isHere(hostPhysical, length)
      ? memory.slice(at(hostPhysical), at(hostPhysical) + length)
      : new Uint8Array(length)
  }))
  scene.answer(memoryWrite, ({ hostPhysical, bytes }) => {
    if (isHere(hostPhysical, bytes.length)) memory.set(bytes, at(hostPhysical))
    return {}
  })
  scene.answer(memoryWatch, () => ({}))

  return { publish: (block) => memory.set(block, at(CELL.block)) }
}

/** A status block that says: memory at this address, as firmware of ours writes it. */
export const recordOf = (hostPhysical: bigint, severity: Severity = 'recoverable'): Uint8Array =>
  buildRecord({ status: 0xe430_0012n, kind: 'memory', hostPhysical, severity })
