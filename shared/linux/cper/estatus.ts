import { ERROR_DATA_ENTRY_HEADER, errorDataEntryAt, type ErrorDataEntry } from '../../formats/error-data-entry.ts'
import {
  decodeErrorStatusHeader,
  ERROR_STATUS_HEADER_SIZE,
  errorStatusLength,
  type ErrorStatusHeader
} from '../../formats/error-status-block.ts'
import { FormatError } from '../../formats/format-error.ts'

/** A section of a block that cper_estatus_check() has let through. */
export interface EstatusSection {
  readonly entry: ErrorDataEntry
  /** Where its header starts in the block, and where its payload does. */
  readonly at: number
  readonly payloadAt: number
}

/** A status block as the kernel copied it out of firmware's memory. */
export interface Estatus {
  readonly bytes: Uint8Array
  readonly header: ErrorStatusHeader
  readonly sections: readonly EstatusSection[]
}

/**
 * cper_estatus_len(): the sum wraps at 32 bits, as the kernel's does.
 *
 * Spec: Linux 6.1.192, include/linux/cper.h, cper_estatus_len.
 * Fidelity: exact.
 */
export function estatusLength(header: ErrorStatusHeader): number {
  return errorStatusLength(header) % 2 ** 32
}

/**
 * cper_estatus_check_header(): no sections at all is in order.
 *
 * Spec: Linux 6.1.192, drivers/firmware/efi/cper.c, cper_estatus_check_header.
 * Fidelity: exact.
 */
export function cperEstatusCheckHeader(header: ErrorStatusHeader): boolean {
  const { dataLength, rawDataLength, rawDataOffset } = header
  if (dataLength !== 0 && dataLength < ERROR_DATA_ENTRY_HEADER.short) return false
  return rawDataLength === 0 || rawDataOffset >= ERROR_STATUS_HEADER_SIZE + dataLength
}

/**
 * cper_estatus_check(): the sections of a block, undefined when they do not use up its data length exactly. What is
 * inside a section is nobody's concern here.
 *
 * Spec: Linux 6.1.192, drivers/firmware/efi/cper.c, cper_estatus_check.
 * Fidelity: exact, except that a section length near 4 GiB is refused where the kernel's sum wraps.
 */
export function cperEstatusCheck(bytes: Uint8Array): Estatus | undefined {
  if (bytes.length < ERROR_STATUS_HEADER_SIZE) return undefined
  const header = decodeErrorStatusHeader(bytes)
  const end = ERROR_STATUS_HEADER_SIZE + header.dataLength
  if (!cperEstatusCheckHeader(header) || end > bytes.length) return undefined
  const sections: EstatusSection[] = []
  try {
    for (let at = ERROR_STATUS_HEADER_SIZE; at < end;) {
      const { entry, next } = errorDataEntryAt(bytes, at, end)
      sections.push({ entry, at, payloadAt: next - entry.payload.length })
      at = next
    }
  } catch (error) {
    if (error instanceof FormatError) return undefined
    throw error
  }
  return { bytes, header, sections }
}

/**
 * `length` bytes from `offset` on, as the kernel reads a structure there without asking whether the section or the
 * block is that long. What lies behind the block is left over from earlier records in the kernel's buffer; here it is
 * zero.
 */
export function readBeyond(bytes: Uint8Array, offset: number, length: number): Uint8Array {
  if (offset + length <= bytes.length) return bytes.subarray(offset, offset + length)
  const window = new Uint8Array(length)
  if (offset < bytes.length) window.set(bytes.subarray(offset, bytes.length))
  return window
}
