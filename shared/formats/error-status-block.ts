import { viewOf } from './bytes.ts'
import { errorDataEntryAt, errorDataEntrySize, writeErrorDataEntry, type ErrorDataEntry } from './error-data-entry.ts'
import { FormatError, requireBytes, requireFits } from './format-error.ts'
import { offsetsOf, type Layout, type WordParts } from './layout.ts'

export const ERROR_STATUS_HEADER_SIZE = 20

export const ERROR_STATUS_LAYOUT = {
  blockStatus: [0, 'u32'],
  rawDataOffset: [4, 'u32'],
  rawDataLength: [8, 'u32'],
  dataLength: [12, 'u32'],
  severity: [16, 'u32']
} as const satisfies Layout
const OFFSET = offsetsOf(ERROR_STATUS_LAYOUT)

const BLOCK_STATUS = {
  uncorrectable: 1 << 0,
  correctable: 1 << 1,
  multipleUncorrectable: 1 << 2,
  multipleCorrectable: 1 << 3
} as const
/** Bits 13:4. */
const ENTRY_COUNT = { shift: 4, mask: 0x3ff } as const
/** The parts of Block Status. */
export const BLOCK_STATUS_PARTS = { ...BLOCK_STATUS, entryCount: ENTRY_COUNT } as const satisfies WordParts

/** All bits of Block Status that mean something. */
export const BLOCK_STATUS_BITS = 0x3fff

/** The 20 bytes as they are, nothing checked. A Block Status of 0 means that there is no record. */
export interface ErrorStatusHeader {
  readonly blockStatus: number
  readonly rawDataOffset: number
  readonly rawDataLength: number
  readonly dataLength: number
  readonly severity: number
}

/**
 * Generic Error Status Block: what firmware publishes for one event.
 *
 * Spec: ACPI 6.5, 18.3.2.7.1 (Generic Error Status Block).
 * Fidelity: exact.
 */
export interface ErrorStatusBlock {
  readonly blockStatus: number
  readonly severity: number
  readonly entries: readonly ErrorDataEntry[]
  readonly rawData?: Uint8Array
  /** The bytes between the entries and the raw data. */
  readonly gap?: Uint8Array
  /** What some firmware writes as Raw Data Offset though there are no raw data; else it follows from the rest. */
  readonly rawDataOffset?: number
}

export interface BlockStatusBits {
  readonly uncorrectable: boolean
  readonly correctable: boolean
  readonly multipleUncorrectable: boolean
  readonly multipleCorrectable: boolean
  /** Readers do not agree on whether to believe it: Linux ignores it, QEMU writes 0 with one entry. */
  readonly entryCount: number
}

export function decodeBlockStatus(word: number): BlockStatusBits {
  return {
    uncorrectable: (word & BLOCK_STATUS.uncorrectable) !== 0,
    correctable: (word & BLOCK_STATUS.correctable) !== 0,
    multipleUncorrectable: (word & BLOCK_STATUS.multipleUncorrectable) !== 0,
    multipleCorrectable: (word & BLOCK_STATUS.multipleCorrectable) !== 0,
    entryCount: (word >>> ENTRY_COUNT.shift) & ENTRY_COUNT.mask
  }
}

export function encodeBlockStatus(bits: Partial<BlockStatusBits>): number {
  const { entryCount = 0 } = bits
  requireFits(entryCount, 10, OFFSET.blockStatus, 'Error Data Entry Count')
  return (
    (bits.uncorrectable ? BLOCK_STATUS.uncorrectable : 0) |
    (bits.correctable ? BLOCK_STATUS.correctable : 0) |
    (bits.multipleUncorrectable ? BLOCK_STATUS.multipleUncorrectable : 0) |
    (bits.multipleCorrectable ? BLOCK_STATUS.multipleCorrectable : 0) |
    (entryCount << ENTRY_COUNT.shift)
  )
}

/** The header alone; throws FormatError when there are fewer than 20 bytes. */
export function decodeErrorStatusHeader(bytes: Uint8Array): ErrorStatusHeader {
  requireBytes(bytes, 0, ERROR_STATUS_HEADER_SIZE, 'a generic error status block header')
  const view = viewOf(bytes)
  return {
    blockStatus: view.getUint32(OFFSET.blockStatus),
    rawDataOffset: view.getUint32(OFFSET.rawDataOffset),
    rawDataLength: view.getUint32(OFFSET.rawDataLength),
    dataLength: view.getUint32(OFFSET.dataLength),
    severity: view.getUint32(OFFSET.severity)
  }
}

/**
 * Length of the whole block in bytes.
 *
 * Spec: Linux 6.12, include/linux/cper.h, cper_estatus_len.
 * Fidelity: exact, except that the sum does not wrap at 32 bits.
 */
export function errorStatusLength(header: ErrorStatusHeader): number {
  return header.rawDataLength !== 0
    ? header.rawDataOffset + header.rawDataLength
    : ERROR_STATUS_HEADER_SIZE + header.dataLength
}

/**
 * Decodes a whole block; bytes behind it (stale bytes of the buffer) are not looked at. Throws FormatError when raw data
 * overlap the entries, when something runs past the end, or when the entries do not use up Data Length exactly.
 */
export function decodeErrorStatusBlock(bytes: Uint8Array): ErrorStatusBlock {
  const header = decodeErrorStatusHeader(bytes)
  const dataEnd = ERROR_STATUS_HEADER_SIZE + header.dataLength
  if (header.rawDataLength !== 0 && header.rawDataOffset < dataEnd) {
    throw new FormatError('raw data start behind the entries', OFFSET.rawDataOffset, `${header.rawDataOffset}`)
  }
  requireBytes(bytes, ERROR_STATUS_HEADER_SIZE, header.dataLength, 'Data Length: the entries')
  if (header.rawDataLength !== 0) {
    requireBytes(bytes, header.rawDataOffset, header.rawDataLength, 'Raw Data Length: the raw data')
  }
  const { entries, fault } = errorDataEntries(bytes, header)
  if (fault !== undefined) throw fault
  return {
    blockStatus: header.blockStatus,
    severity: header.severity,
    entries: entries.map(({ entry }) => entry),
    ...rawDataOf(bytes, header, dataEnd)
  }
}

function rawDataOf(
  bytes: Uint8Array,
  { rawDataOffset, rawDataLength }: ErrorStatusHeader,
  dataEnd: number
): Pick<ErrorStatusBlock, 'rawData' | 'gap' | 'rawDataOffset'> {
  if (rawDataLength === 0) return rawDataOffset === 0 ? {} : { rawDataOffset }
  return {
    rawData: bytes.subarray(rawDataOffset, rawDataOffset + rawDataLength),
    ...(rawDataOffset === dataEnd ? {} : { gap: bytes.subarray(dataEnd, rawDataOffset) })
  }
}

/** An entry and where in the block it starts, its payload too. */
export interface PlacedEntry {
  readonly entry: ErrorDataEntry
  readonly at: number
  readonly payloadAt: number
}

/** The entries of a block up to the first that breaks a rule, and that rule. */
export function errorDataEntries(
  bytes: Uint8Array,
  { dataLength }: ErrorStatusHeader
): { readonly entries: readonly PlacedEntry[]; readonly fault?: FormatError } {
  const dataEnd = Math.min(ERROR_STATUS_HEADER_SIZE + dataLength, bytes.length)
  const entries: PlacedEntry[] = []
  try {
    for (let at = ERROR_STATUS_HEADER_SIZE; at < dataEnd;) {
      const { entry, next } = errorDataEntryAt(bytes, at, dataEnd)
      entries.push({ entry, at, payloadAt: next - entry.payload.length })
      at = next
    }
    requireBytes(bytes, ERROR_STATUS_HEADER_SIZE, dataLength, 'Data Length: the entries')
  } catch (fault) {
    if (fault instanceof FormatError) return { entries, fault }
    throw fault
  }
  return { entries }
}

/** Encodes a block, lengths and offset computed; throws FormatError when a value does not fit or means nothing here. */
export function encodeErrorStatusBlock(block: ErrorStatusBlock): Uint8Array {
  requireFits(block.blockStatus, 32, OFFSET.blockStatus, 'Block Status')
  requireFits(block.severity, 32, OFFSET.severity, 'Error Severity')
  let dataLength = 0
  for (const entry of block.entries) dataLength += errorDataEntrySize(entry)
  const dataEnd = ERROR_STATUS_HEADER_SIZE + dataLength
  const rawDataLength = block.rawData?.length ?? 0
  const gap = block.gap ?? new Uint8Array()
  if (rawDataLength === 0 ? gap.length > 0 : block.rawDataOffset !== undefined) {
    throw new FormatError('raw data have a gap before them, and without them an offset', OFFSET.rawDataOffset)
  }
  const rawDataOffset = rawDataLength === 0 ? (block.rawDataOffset ?? 0) : dataEnd + gap.length
  requireFits(rawDataOffset, 32, OFFSET.rawDataOffset, 'Raw Data Offset')

  const bytes = new Uint8Array(rawDataLength === 0 ? dataEnd : rawDataOffset + rawDataLength)
  const view = viewOf(bytes)
  view.setUint32(OFFSET.blockStatus, block.blockStatus)
  view.setUint32(OFFSET.rawDataOffset, rawDataOffset)
  view.setUint32(OFFSET.rawDataLength, rawDataLength)
  view.setUint32(OFFSET.dataLength, dataLength)
  view.setUint32(OFFSET.severity, block.severity)
  let at = ERROR_STATUS_HEADER_SIZE
  for (const entry of block.entries) at = writeErrorDataEntry(bytes, at, entry)
  bytes.set(gap, dataEnd)
  if (block.rawData !== undefined && rawDataLength !== 0) bytes.set(block.rawData, rawDataOffset)
  return bytes
}
