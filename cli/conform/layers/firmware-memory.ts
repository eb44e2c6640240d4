import { buildRecord } from '../../../services/firmware/build-record.ts'
import type { Severity } from '../../../shared/contracts/common.ts'
import { hestRead, memoryRead, memoryWatch, memoryWrite } from '../../../shared/contracts/firmware.ts'
import { viewOf } from '../../../shared/formats/bytes.ts'
import { memoryRegister } from '../../../shared/formats/generic-address.ts'
import { GHES_V2_TYPE, oneRecord } from '../../../shared/formats/ghes-source.ts'
import { hestNotification, NOTIFY, type HestNotification } from '../../../shared/formats/hest-notification.ts'
import { encodeHest } from '../../../shared/formats/hest.ts'
import type { Scene } from '../scene.ts'

/**
 * Firmware as a kernel under test finds it: a HEST with two GHESv2, one told by the interrupt of the generic event device, one
 * by the exception of whoever consumed the error.
 */

export const SOURCE = { source: 3, notify: 'GSIV', vector: 233 } as const

export const SEA_SOURCE = { source: 4, notify: 'SEA' } as const

const START = 0x3f00_4000n
const SIZE = 0x4000
interface Cells {
  readonly pointer: bigint
  readonly readAck: bigint
  readonly block: bigint
}
const cellsAt = (start: bigint): Cells => ({ pointer: start, readAck: start + 0x48n, block: start + 0x1000n })
export const CELL = cellsAt(START)
export const SEA_CELL = cellsAt(START + 0x2000n)
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
    sourceOf(SOURCE.source, CELL, hestNotification(NOTIFY.GSIV, { vector: SOURCE.vector })),
    sourceOf(SEA_SOURCE.source, SEA_CELL, hestNotification(NOTIFY.SEA))
  ]
})

function sourceOf(sourceId: number, cells: Cells, notification: HestNotification) {
  return {
    type: GHES_V2_TYPE,
    sourceId,
    ...oneRecord(BLOCK_LENGTH),
    errorStatusAddress: memoryRegister(cells.pointer),
    notification,
    readAck: { register: memoryRegister(cells.readAck), preserve: READ_ACK.preserve, write: READ_ACK.write }
  } as const
}

export interface FirmwareMemory {
  /** Bytes lie in the block of a source from now on; of the one that is told by interrupt, unless another is named. */
  readonly publish: (block: Uint8Array, cells?: Cells) => void
}

/** The neighbour firmware, with memory of its own from now on. */
export function playFirmware(scene: Scene): FirmwareMemory {
  const memory = new Uint8Array(SIZE)
  const view = viewOf(memory)
  const at = (hostPhysical: bigint) => Number(hostPhysical - START)
  const isHere = (hostPhysical: bigint, length: number) =>
    hostPhysical >= START && hostPhysical + BigInt(length) <= START + BigInt(SIZE)
  for (const { pointer, readAck, block } of [CELL, SEA_CELL]) {
    view.setBigUint64(at(pointer), block)
    view.setBigUint64(at(readAck), READ_ACK.before)
  }

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

  return { publish: (block, cells = CELL) => memory.set(block, at(cells.block)) }
}

/** A status block that says: memory at this address, as firmware of ours writes it. */
export const recordOf = (hostPhysical: bigint, severity: Severity = 'recoverable'): Uint8Array =>
  buildRecord({ status: 0xe430_0012n, kind: 'memory', hostPhysical, severity })
