import { hex } from './hex.ts'
import { readText, viewOf, writeText } from './bytes.ts'
import { FormatError, requireBytes, requireFits } from './format-error.ts'
import { keptAt, writeKept, type Kept } from './kept.ts'
import { offsetsOf, type Layout } from './layout.ts'

export const ACPI_HEADER_SIZE = 36

export const ACPI_HEADER_LAYOUT = {
  signature: [0, 'text', 4],
  length: [4, 'u32'],
  revision: [8, 'u8'],
  checksum: [9, 'u8'],
  oemId: [10, 'text', 6],
  oemTableId: [16, 'text', 8],
  oemRevision: [24, 'u32'],
  creatorId: [28, 'text', 4],
  creatorRevision: [32, 'u32']
} as const satisfies Layout
const OFFSET = offsetsOf(ACPI_HEADER_LAYOUT)

export const LENGTH_OFFSET = OFFSET.length
export const CHECKSUM_OFFSET = OFFSET.checksum

/**
 * System Description Table header, without signature, length and checksum, which follow from the table. Texts may end in spaces,
 * which are part of them.
 *
 * Spec: ACPI 6.5, 5.2.6.
 * Fidelity: exact.
 */
export interface AcpiHeader {
  readonly revision: number
  readonly oemId: string
  readonly oemTableId: string
  readonly oemRevision: number
  readonly creatorId: string
  readonly creatorRevision: number
  /** What follows the first NUL of a text. */
  readonly kept?: readonly Kept[]
}

const TEXTS = (['oemId', 'oemTableId', 'creatorId'] as const).map((name) => {
  const [offset, , size] = ACPI_HEADER_LAYOUT[name]
  return [offset, size] as const
})

/** Sum of all bytes modulo 256; 0 for a whole table. */
export function acpiSum(bytes: Uint8Array): number {
  let sum = 0
  for (const byte of bytes) sum = (sum + byte) & 0xff
  return sum
}

/**
 * Header and table length of a table. Throws FormatError when the signature is another one, or the length is less than
 * a header or more than the bytes. The checksum is checked by `requireAcpiChecksum`.
 */
export function decodeAcpiHeader(
  bytes: Uint8Array,
  signature: string
): { readonly header: AcpiHeader; readonly length: number } {
  requireBytes(bytes, 0, ACPI_HEADER_SIZE, 'an ACPI table header')
  const view = viewOf(bytes)
  const found = readText(bytes, OFFSET.signature, 4)
  if (found !== signature) {
    throw new FormatError(`the signature is ${signature}`, OFFSET.signature, JSON.stringify(found))
  }
  const length = view.getUint32(OFFSET.length)
  if (length < ACPI_HEADER_SIZE) {
    throw new FormatError('an ACPI table is not shorter than its header', OFFSET.length, `${length}`)
  }
  requireBytes(bytes, 0, length, 'Length: the ACPI table')
  const kept = keptAt(bytes, 0, [], TEXTS)
  const header: AcpiHeader = {
    revision: view.getUint8(OFFSET.revision),
    oemId: readText(bytes, OFFSET.oemId, 6),
    oemTableId: readText(bytes, OFFSET.oemTableId, 8),
    oemRevision: view.getUint32(OFFSET.oemRevision),
    creatorId: readText(bytes, OFFSET.creatorId, 4),
    creatorRevision: view.getUint32(OFFSET.creatorRevision),
    ...(kept === undefined ? {} : { kept })
  }
  return { header, length }
}

/** Throws FormatError unless the bytes of the table sum to 0 modulo 256. */
export function requireAcpiChecksum(table: Uint8Array): void {
  const sum = acpiSum(table)
  if (sum !== 0) throw new FormatError('the bytes of an ACPI table sum to 0', OFFSET.checksum, hex(sum))
}

/** Writes the header over the first 36 bytes of a whole table, with its length and the checksum of everything. */
export function writeAcpiHeader(table: Uint8Array, header: AcpiHeader, signature: string): void {
  requireBytes(table, 0, ACPI_HEADER_SIZE, 'an ACPI table header')
  requireFits(header.revision, 8, OFFSET.revision, 'Revision')
  requireFits(header.oemRevision, 32, OFFSET.oemRevision, 'OEM Revision')
  requireFits(header.creatorRevision, 32, OFFSET.creatorRevision, 'Creator Revision')
  const view = viewOf(table)
  table.fill(0, 0, ACPI_HEADER_SIZE)
  writeKept(table, 0, ACPI_HEADER_SIZE, header.kept)
  writeText(table, OFFSET.signature, 4, signature)
  view.setUint32(OFFSET.length, table.length)
  view.setUint8(OFFSET.revision, header.revision)
  writeText(table, OFFSET.oemId, 6, header.oemId)
  writeText(table, OFFSET.oemTableId, 8, header.oemTableId)
  view.setUint32(OFFSET.oemRevision, header.oemRevision)
  writeText(table, OFFSET.creatorId, 4, header.creatorId)
  view.setUint32(OFFSET.creatorRevision, header.creatorRevision)
  view.setUint8(OFFSET.checksum, -acpiSum(table) & 0xff)
}
