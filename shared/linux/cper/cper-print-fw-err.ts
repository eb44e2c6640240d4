import {
  decodeFirmwareRecordReference,
  FIRMWARE_RECORD_REFERENCE_OLD_SIZE,
  FIRMWARE_RECORD_REFERENCE_SIZE
} from '../../formats/firmware-record-reference.ts'
import { readBeyond, type Estatus, type EstatusSection } from './estatus.ts'
import type { Kernel } from '../kernel/state.ts'
import { printHexDump } from '../kernel/print-hex-dump.ts'
import { printk } from '../kernel/printk.ts'

const RECORD_TYPE = [
  'IPF SAL Error Record',
  'SOC Firmware Error Record Type1 (Legacy CrashLog Support)',
  'SOC Firmware Error Record Type2'
]
/** Where the record identifier starts; the kernel dumps revision 1 from here on. */
const RECORD_IDENTIFIER_AT = 8

/**
 * cper_print_fw_err(): which fields there are depends on the revision; what follows them is dumped.
 *
 * Spec: Linux 6.1.192, drivers/firmware/efi/cper.c, cper_print_fw_err.
 * Fidelity: exact.
 */
export function cperPrintFwErr(k: Kernel, prefix: string, estatus: Estatus, section: EstatusSection): void {
  const reference = decodeFirmwareRecordReference(
    readBeyond(estatus.bytes, section.payloadAt, FIRMWARE_RECORD_REFERENCE_SIZE)
  )
  const { type, revision, recordId, recordGuid } = reference
  printk(k, `${prefix}Firmware Error Record Type: ${RECORD_TYPE[type] ?? 'unknown'}`)
  printk(k, `${prefix}Revision: ${revision}`)
  if (revision === 0) printk(k, `${prefix}Record Identifier: ${recordId.toString(16).padStart(8, '0')}`)
  else if (revision === 2) printk(k, `${prefix}Record Identifier: ${recordGuid ?? ''}`)
  const offset =
    revision === 0
      ? FIRMWARE_RECORD_REFERENCE_OLD_SIZE
      : revision === 1
        ? RECORD_IDENTIFIER_AT
        : FIRMWARE_RECORD_REFERENCE_SIZE
  const { payload } = section.entry
  if (offset > payload.length) {
    printk(k, `${prefix}error section length is too small: offset=${offset}, length=${payload.length}`)
    return
  }
  printHexDump(k, prefix, payload.subarray(offset), true)
}
