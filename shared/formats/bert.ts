import { ACPI_HEADER_SIZE, writeAcpiHeader, type AcpiHeader } from './acpi-table.ts'
import { viewOf } from './bytes.ts'

/** After the header: length and address of the boot error region. */
export const BERT_OFFSET = { regionLength: ACPI_HEADER_SIZE, region: ACPI_HEADER_SIZE + 4 } as const
export const BERT_SIZE = ACPI_HEADER_SIZE + 12

export interface Bert {
  readonly header: AcpiHeader
  /** Of the boot error region: status blocks, one behind the other. */
  readonly regionLength: number
  readonly region: bigint
}

/**
 * The Boot Error Record Table as bytes.
 *
 * Spec: ACPI 6.5, 18.3.1 (Table 18.2).
 * Fidelity: exact.
 */
export function encodeBert({ header, regionLength, region }: Bert): Uint8Array {
  const table = new Uint8Array(BERT_SIZE)
  const view = viewOf(table)
  view.setUint32(BERT_OFFSET.regionLength, regionLength)
  view.setBigUint64(BERT_OFFSET.region, region)
  writeAcpiHeader(table, header, 'BERT')
  return table
}
