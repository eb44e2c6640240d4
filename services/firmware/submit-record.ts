import { requireRoomFor } from '../../shared/contracts/bounds.ts'
import { recordUnsound } from '../../shared/contracts/notes/firmware.ts'
import { isCperRecord } from '../../shared/formats/cper-record.ts'
import { decodeErrorStatusHeader, ERROR_STATUS_HEADER_SIZE } from '../../shared/formats/error-status-block.ts'
import { FormatError } from '../../shared/formats/format-error.ts'
import { severityName } from '../../shared/formats/severity.ts'
import type { Io } from '../../shared/model/io.ts'
import { checkRecord, type Checked } from './check-record.ts'
import { heldOf, publish } from './publish.ts'
import type { ErrorSource, FirmwareState } from './state.ts'

interface Submission {
  readonly source: number
  readonly verbatim?: boolean
  readonly bytes: Uint8Array
}

/**
 * Somebody's record goes through an error source as it is: an ACPI status block byte for byte, a UEFI CPER record as the
 * status block of the same error. Refuses an unknown source, a record in which an OS would find none (unless `verbatim`),
 * and one that is longer than the source's block. Rules that it breaks and no OS asks for are noted.
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
  if (bytes.length === 0) io.refuse('record-malformed', 'the body is empty', '/bytes')
  const { block, remarks } = verbatim ? { block: bytes, remarks: [] } : checked(bytes, io)
  requireRoom(source, block, io)
  requireRoomFor('heldRecords', heldOf(state), io, '/bytes')
  for (const remark of remarks) io.note(recordUnsound, { source: id, ...remark })
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

/** Refuses what an OS would not take for a record. */
function checked(bytes: Uint8Array, io: Io): Checked {
  try {
    return checkRecord(bytes)
  } catch (error) {
    if (!(error instanceof FormatError)) throw error
    const hint = isCperRecord(bytes) ? '' : ' (verbatim=true publishes any bytes)'
    return io.refuse('record-malformed', `${error.message}${hint}`, '/bytes')
  }
}
