import { ERROR_DATA_ENTRY_REVISION } from '../../../shared/formats/error-data-entry.ts'
import { encodeBlockStatus, encodeErrorStatusBlock } from '../../../shared/formats/error-status-block.ts'
import { SECTION_TYPE } from '../../../shared/formats/guid.ts'
import { encodeMemorySection, MEMORY_ERROR_TYPE } from '../../../shared/formats/memory-section.ts'
import { SEVERITY } from '../../../shared/formats/severity.ts'

const U64_MASK = 0xffff_ffff_ffff_ffffn

/**
 * The record a guest reads: one recoverable memory error at its own physical address, 172 bytes. The mask gives the
 * extent that is lost.
 *
 * Spec: ACPI 6.5, 18.3.2.7.1; UEFI 2.10, N.2.5; QEMU 10.2 hw/acpi/ghes.c, acpi_ghes_memory_errors.
 * Fidelity: approximates QEMU's record: entry count 1 instead of 0, the mask, and type multi-bit ECC instead of unknown.
 */
export function memoryErrorRecord(guestPhysical: bigint, lsb: number): Uint8Array {
  const payload = encodeMemorySection({
    physicalAddress: guestPhysical,
    physicalAddressMask: U64_MASK & ~((1n << BigInt(lsb)) - 1n),
    errorType: MEMORY_ERROR_TYPE.indexOf('multi-bit ECC')
  })
  return recoverable(payload, 1)
}

/**
 * The record as QEMU has it: one page, no extent, type unknown, and an entry count of 0 with one entry.
 *
 * Spec: QEMU 10.2 hw/acpi/ghes.c, acpi_ghes_memory_errors, ghes_gen_err_data_uncorrectable_recoverable.
 * Fidelity: exact.
 */
export function qemuMemoryErrorRecord(guestPhysical: bigint): Uint8Array {
  const errorType = MEMORY_ERROR_TYPE.indexOf('unknown')
  return recoverable(encodeMemorySection({ physicalAddress: guestPhysical, errorType }), 0)
}

function recoverable(payload: Uint8Array, entryCount: number): Uint8Array {
  return encodeErrorStatusBlock({
    blockStatus: encodeBlockStatus({ uncorrectable: true, entryCount }),
    severity: SEVERITY.recoverable,
    entries: [
      {
        sectionType: SECTION_TYPE.platformMemory,
        severity: SEVERITY.recoverable,
        revision: ERROR_DATA_ENTRY_REVISION.v3,
        flags: 0,
        payload
      }
    ]
  })
}
