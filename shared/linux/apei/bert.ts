import { bertUnreadable } from '../../contracts/notes/kernel-steps-apei.ts'
import { BERT_OFFSET, BERT_SIZE } from '../../formats/bert.ts'
import { viewOf } from '../../formats/bytes.ts'
import { decodeErrorStatusHeader, ERROR_STATUS_HEADER_SIZE } from '../../formats/error-status-block.ts'
import { cperEstatusPrint } from '../cper/cper-estatus-print.ts'
import { cperEstatusCheck, estatusLength } from '../cper/estatus.ts'
import type { Kernel } from '../kernel/state.ts'
import { printk, stepEvent } from '../kernel/printk.ts'

const ACPI_BERT_PRINT_MAX_RECORDS = 5
const ACPI_BERT_PRINT_MAX_LEN = 1024
const BLOCK_STATUS_SIZE = 4

/**
 * bert_init(): what firmware kept of an error that ended the previous boot is printed and marked as read, and that is
 * all: no page is poisoned, no tracepoint fires.
 *
 * Spec: Linux 6.1.192, drivers/acpi/apei/bert.c, bert_init, bert_print_all.
 * Fidelity: exact; a region where nothing answers is left alone.
 */
export function bertInit(k: Kernel, table: Uint8Array | undefined): void {
  if (table === undefined) return
  const regionLength = table.length < BERT_SIZE ? 0 : viewOf(table).getUint32(BERT_OFFSET.regionLength)
  if (regionLength < ERROR_STATUS_HEADER_SIZE) return printk(k, 'BERT: [Firmware Bug]: table invalid.')
  const region = viewOf(table).getBigUint64(BERT_OFFSET.region)
  const bytes = k.platform.readPhysical(region, regionLength)
  if (bytes === undefined) return stepEvent(k, bertUnreadable, { region, regionLength })
  printAll(k, region, bytes)
}

function printAll(k: Kernel, region: bigint, bytes: Uint8Array): void {
  let printed = 0
  let skipped = 0
  for (let at = 0; bytes.length - at >= ERROR_STATUS_HEADER_SIZE;) {
    const header = decodeErrorStatusHeader(bytes.subarray(at))
    const length = estatusLength(header)
    if (bytes.length - at < length) {
      printk(k, `BERT: [Firmware Bug]: Truncated status block (length: ${length}).`)
      break
    }
    if (header.blockStatus === 0) break
    const estatus = cperEstatusCheck(bytes.subarray(at, at + length))
    if (estatus === undefined) {
      printk(k, 'BERT: [Firmware Bug]: Invalid error record.')
      break
    }
    if (length < ACPI_BERT_PRINT_MAX_LEN && printed < ACPI_BERT_PRINT_MAX_RECORDS) {
      if (printed === 0) printk(k, 'BERT: Error records from previous boot:')
      cperEstatusPrint(k, '[Hardware Error]: ', estatus)
      printed++
    } else {
      skipped++
    }
    k.platform.writePhysical(region + BigInt(at), new Uint8Array(BLOCK_STATUS_SIZE))
    at += length
  }
  if (skipped > 0) printk(k, `BERT: [Hardware Error]: Skipped ${skipped} error records`)
  if (printed + skipped > 0) printk(k, `BERT: Total records found: ${printed + skipped}`)
}
