import { viewOf } from '../../../shared/formats/bytes.ts'
import { memoryRegister } from '../../../shared/formats/generic-address.ts'
import { GHES_V2_TYPE, oneRecord } from '../../../shared/formats/ghes-source.ts'
import { hestNotification } from '../../../shared/formats/hest-notification.ts'
import { encodeHest } from '../../../shared/formats/hest.ts'
import { NOTIFICATIONS } from '../../../shared/contracts/common.ts'
import type { Profile, SourceSpec } from '../profile.ts'
import type { ErrorSource } from '../state.ts'

export const BLOCK_LENGTH = 1024
const CELL = 8
/** Preserve everything but bit 0, which the guest sets. */
const READ_ACK = { preserve: 0xffff_ffff_ffff_fffen, write: 1n } as const

/**
 * Where the parts of each source lie when the blob starts at `base`: N pointer cells, N read-ack cells, N blocks.
 *
 * Spec: QEMU 10.2 hw/acpi/ghes.c, build_ghes_error_table (fw_cfg file etc/hardware_errors).
 * Fidelity: exact.
 */
export function placeSources(specs: readonly SourceSpec[], base: bigint): readonly ErrorSource[] {
  const cell = (index: number) => base + BigInt(index * CELL)
  return specs.map(({ notify, pollIntervalMs = 0 }, source) => ({
    source,
    notify,
    pollIntervalMs,
    pointer: cell(source),
    readAck: cell(specs.length + source),
    block: cell(2 * specs.length) + BigInt(source * BLOCK_LENGTH),
    blockLength: BLOCK_LENGTH
  }))
}

/**
 * The blob as the guest finds it: pointers patched, everything acknowledged, blocks empty.
 *
 * Spec: QEMU 10.2 hw/acpi/ghes.c, build_ghes_error_table.
 * Fidelity: approximates. In QEMU the guest's firmware patches the pointers.
 */
export function hardwareErrorsBlob(sources: readonly ErrorSource[]): Uint8Array {
  const blob = new Uint8Array(sources.length * (2 * CELL + BLOCK_LENGTH))
  const view = viewOf(blob)
  for (const [index, { block }] of sources.entries()) {
    view.setBigUint64(index * CELL, block)
    view.setBigUint64((sources.length + index) * CELL, 1n)
  }
  return blob
}

/** Whoever made the tables, as their headers say; the spaces are part of the names. */
const OEM = {
  seabus: { oemId: 'SEABUS', oemTableId: 'SEABUSVM', creatorId: 'SEAB' },
  qemu: { oemId: 'BOCHS ', oemTableId: 'BXPC    ', creatorId: 'BXPC' }
} as const

/**
 * The guest's HEST: a GHESv2 for each source.
 *
 * Spec: ACPI 6.5, 18.3.2.8; QEMU 10.2 hw/acpi/ghes.c, acpi_build_hest (field values).
 * Fidelity: exact for QEMU's; the OEM fields of the others are ours.
 */
export function guestHest(sources: readonly ErrorSource[], oem: Profile['oem'] = 'seabus'): Uint8Array {
  return encodeHest({
    revision: 1,
    ...OEM[oem],
    oemRevision: 1,
    creatorRevision: 1,
    sources: sources.map(({ source, notify, pollIntervalMs, pointer, readAck, blockLength }) => ({
      type: GHES_V2_TYPE,
      sourceId: source,
      ...oneRecord(BLOCK_LENGTH),
      errorStatusAddress: memoryRegister(pointer),
      notification: hestNotification(NOTIFICATIONS.indexOf(notify), { pollInterval: pollIntervalMs }),
      errorStatusBlockLength: blockLength,
      readAck: { register: memoryRegister(readAck), ...READ_ACK }
    }))
  })
}
