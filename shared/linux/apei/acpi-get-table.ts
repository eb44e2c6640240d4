import { ACPI_HEADER_SIZE, acpiSum, CHECKSUM_OFFSET, LENGTH_OFFSET } from '../../formats/acpi-table.ts'
import { readText, viewOf } from '../../formats/bytes.ts'
import type { Kernel } from '../kernel/state.ts'
import { printk } from '../kernel/printk.ts'
import { knob } from '../profile.ts'

/**
 * acpi_get_table(): the table of this signature among what firmware left, here one table. Another signature is another
 * table, so that this one is not there. A checksum that is wrong is warned of and the table used all the same; the
 * revision is looked at by nobody. Bytes behind Length are not mapped.
 *
 * Spec: Linux 6.1.192, drivers/acpi/acpica/tbxface.c, acpi_get_table; tbdata.c, acpi_tb_verify_temp_table; tbprint.c,
 * acpi_tb_verify_checksum, with ACPI_CHECKSUM_ABORT undefined; from 6.2 on utcksum.c, acpi_ut_verify_checksum, whose
 * "should be" is wrong (https://github.com/open-acpica/acpica/pull/1200).
 * Fidelity: approximates: the warning comes when the table is asked for instead of earlier in the boot, and without the
 * release of ACPICA in brackets at its end; a Length beyond the bytes ends with them, where the kernel would read on.
 */
export function acpiGetTable(k: Kernel, bytes: Uint8Array, signature: string): Uint8Array | undefined {
  if (bytes.length < ACPI_HEADER_SIZE || readText(bytes, 0, signature.length) !== signature) return undefined
  const table = bytes.subarray(0, viewOf(bytes).getUint32(LENGTH_OFFSET))
  const sum = acpiSum(table)
  if (sum !== 0) {
    const found = bytes[CHECKSUM_OFFSET] ?? 0
    const right = (found - sum) & 0xff
    const should = knob(k.version, 'checksumSubtractedTwice') ? (found - right) >>> 0 : right
    printk(
      k,
      `ACPI BIOS Warning (bug): Incorrect checksum in table [${signature}] - ${byte(found)}, should be ${byte(should)}`
    )
  }
  return table
}

function byte(value: number): string {
  return `0x${value.toString(16).toUpperCase().padStart(2, '0')}`
}
