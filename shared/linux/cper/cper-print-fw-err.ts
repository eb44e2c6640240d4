import {
  decodeFirmwareRecordReference,
  FIRMWARE_RECORD_REFERENCE_OLD_SIZE,
  FIRMWARE_RECORD_REFERENCE_SIZE
} from '../../formats/firmware-record-reference.ts'
import { decimal, guid, line, named, recordIdentifier, type LineForm } from './line-form.ts'
import { readBeyond, type Estatus, type EstatusSection } from './estatus.ts'
import type { Kernel } from '../kernel/state.ts'
import { printHexDump } from '../kernel/print-hex-dump.ts'
import { printk } from '../kernel/printk.ts'

const RECORD_TYPE = [
  'IPF SAL Error Record',
  'SOC Firmware Error Record Type1 (Legacy CrashLog Support)',
  'SOC Firmware Error Record Type2'
]
/** Record types without a name are one word. */
const UNNAMED_TYPE = 0xff

/**
 * The lines of a firmware error record reference; which of the identifiers there is depends on the revision.
 *
 * Spec: Linux 6.1.192, drivers/firmware/efi/cper.c, cper_print_fw_err.
 * Fidelity: exact.
 */
export const FIRMWARE_RECORD_LINES: readonly LineForm[] = [
  line('Firmware Error Record Type: ', named('type', RECORD_TYPE, UNNAMED_TYPE)),
  line('Revision: ', decimal('revision')),
  line('Record Identifier: ', guid('recordGuid')),
  line('Record Identifier: ', recordIdentifier('recordId'))
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
  const values = {
    type,
    revision,
    ...(revision === 0 ? { recordId } : {}),
    ...(revision === 2 ? { recordGuid: recordGuid ?? '' } : {})
  }
  for (const form of FIRMWARE_RECORD_LINES) {
    const text = form.print(values)
    if (text !== undefined) printk(k, prefix + text)
  }
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
