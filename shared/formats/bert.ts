import {
  ACPI_HEADER_LAYOUT,
  ACPI_HEADER_SIZE,
  decodeAcpiHeader,
  requireAcpiChecksum,
  writeAcpiHeader,
  type AcpiHeader
} from './acpi-table.ts'
import { viewOf } from './bytes.ts'
import { requireBytes } from './format-error.ts'
import { offsetsOf, type Layout } from './layout.ts'

/** After the header: length and address of the boot error region. */
export const BERT_LAYOUT = {
  ...ACPI_HEADER_LAYOUT,
  regionLength: [ACPI_HEADER_SIZE, 'u32'],
  region: [ACPI_HEADER_SIZE + 4, 'u64']
} as const satisfies Layout
export const BERT_OFFSET = offsetsOf(BERT_LAYOUT)
export const BERT_SIGNATURE = 'BERT'
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
  writeAcpiHeader(table, header, BERT_SIGNATURE)
  return table
}

/** Throws FormatError when the table has another signature, is short, or does not sum to 0. */
export function requireBert(bytes: Uint8Array): void {
  const { length } = decodeAcpiHeader(bytes, BERT_SIGNATURE)
  requireBytes(bytes.subarray(0, length), 0, BERT_SIZE, 'a BERT')
  requireAcpiChecksum(bytes.subarray(0, length))
}
