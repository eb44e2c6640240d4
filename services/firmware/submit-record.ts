import { detectContainer, statusBlockOf } from '../../shared/formats/container.ts'
import {
  decodeBlockStatus,
  decodeErrorStatusHeader,
  encodeErrorStatusBlock,
  ERROR_STATUS_HEADER_SIZE,
  errorStatusLength,
  type ErrorStatusBlock
} from '../../shared/formats/error-status-block.ts'
import { FormatError } from '../../shared/formats/format-error.ts'
import { decodeSection } from '../../shared/formats/sections.ts'
import { severityName } from '../../shared/formats/severity.ts'
import type { Io } from '../../shared/model/io.ts'
import { publish } from './publish.ts'
import type { ErrorSource, FirmwareState } from './state.ts'

interface Submission {
  readonly source: number
  readonly verbatim?: boolean
  readonly bytes: Uint8Array
}

/**
 * Somebody's record goes through an error source as it is: an ACPI status block byte for byte, a UEFI CPER record as the
 * status block of the same error. Refuses an unknown source, a record that breaks a rule of its format (unless
 * `verbatim`), and one that is longer than the source's block.
 *
 * Spec: ACPI 6.5, 18.3.2.7.1; UEFI 2.10, N.2.
 * Fidelity: exact.
 */
export function submitRecord(state: FirmwareState, { source: id, verbatim, bytes }: Submission, io: Io): FirmwareState {
  const source = state.sources.find(({ sourceId }) => sourceId === id)
  if (source === undefined) {
    const known = state.sources.map(({ sourceId }) => sourceId).join(', ')
    io.refuse('source-unknown', `no error source ${id} in the HEST (there are: ${known})`, '/source')
  }
  if (bytes.length === 0) io.refuse('record-malformed', 'there is not one byte', '/bytes')
  const block = verbatim ? bytes : checked(bytes, io)
  requireRoom(source, block, io)
  const severity = block.length < ERROR_STATUS_HEADER_SIZE ? undefined : severityOf(block)
  const cause = { kind: 'submitted' } as const
  return publish(state, source, { bytes: block, severity, error: undefined, cause, reportedBy: io.id }, io)
}

function severityOf(block: Uint8Array) {
  return severityName(decodeErrorStatusHeader(block).severity)
}

function requireRoom({ sourceId, blockLength }: ErrorSource, block: Uint8Array, io: Io): void {
  if (block.length <= blockLength) return
  const detail = `${block.length} bytes do not fit the ${blockLength} bytes of source ${sourceId}'s status block`
  io.refuse('record-too-long', detail, '/bytes')
}

/** The bytes of a status block that keeps every rule. */
function checked(bytes: Uint8Array, io: Io): Uint8Array {
  try {
    const block = statusBlockOf(bytes)
    if (detectContainer(bytes) === 'cper-record') {
      checkBlock(block, 0, undefined)
      return encodeErrorStatusBlock(block)
    }
    checkBlock(block, bytes.byteOffset, bytes)
    return bytes
  } catch (error) {
    if (!(error instanceof FormatError)) throw error
    return io.refuse('record-malformed', error.message, '/bytes')
  }
}

/** Rules that the decoder leaves to its readers. `whole` are the bytes when they are a status block themselves. */
function checkBlock(block: ErrorStatusBlock, base: number, whole: Uint8Array | undefined): void {
  if (block.blockStatus === 0) throw new FormatError('a Block Status of 0 means that there is no record', 0)
  const { entryCount } = decodeBlockStatus(block.blockStatus)
  if (entryCount !== 0 && entryCount !== block.entries.length) {
    throw new FormatError('Error Data Entry Count is 0 or the number of entries', 0, `${entryCount}`)
  }
  if (severityName(block.severity) === undefined) {
    throw new FormatError('Error Severity is 0 to 3', 16, `${block.severity}`)
  }
  if (whole !== undefined) {
    const length = errorStatusLength(decodeErrorStatusHeader(whole))
    if (length !== whole.length) {
      throw new FormatError('the record ends where its lengths say', length, `${whole.length - length} more bytes`)
    }
  }
  for (const { sectionType, payload } of block.entries) {
    checkSection(sectionType, payload, whole === undefined ? 0 : payload.byteOffset - base)
  }
}

/** Offsets of a section's own rules count from the start of the record. */
function checkSection(sectionType: string, payload: Uint8Array, at: number): void {
  try {
    decodeSection(sectionType, payload)
  } catch (error) {
    if (error instanceof FormatError) throw new FormatError(`${error.rule} (section ${sectionType})`, at + error.offset)
    throw error
  }
}
