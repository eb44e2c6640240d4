import type { bootErrorsInstall } from '../../shared/contracts/firmware.ts'
import type { DataOf } from '../../shared/contracts/message.ts'
import { recordLost } from '../../shared/contracts/notes/firmware.ts'
import { encodeBert } from '../../shared/formats/bert.ts'
import { viewOf } from '../../shared/formats/bytes.ts'
import { decodeErrorStatusHeader, ERROR_STATUS_HEADER_SIZE } from '../../shared/formats/error-status-block.ts'
import type { Answering, Io, Said } from '../../shared/model/io.ts'
import { readMemory, sparseMemory, writeMemory, type SparseMemory } from '../../shared/sparse/memory.ts'
import { estatusLength } from '../../shared/linux/cper/estatus.ts'
import { CARVE_OUT, type FirmwareState } from './state.ts'

/** The boot error region lies behind the memory of the error sources. */
const REGION = { start: CARVE_OUT.end, end: CARVE_OUT.end + 0x1000n } as const
const REGION_LENGTH = Number(REGION.end - REGION.start)

const EMPTY = sparseMemory(REGION.start, REGION.end)
const HEADER = {
  revision: 1,
  oemId: 'SEABUS',
  oemTableId: 'SEABUSRA',
  oemRevision: 1,
  creatorId: 'SBUS',
  creatorRevision: 1
}

/** The BERT as the OS finds it at its next boot; none while nothing was ever kept. */
export function bertOf({ bootErrors }: FirmwareState): { readonly bert?: Uint8Array } {
  if (bootErrors === undefined) return {}
  return { bert: encodeBert({ header: HEADER, regionLength: REGION_LENGTH, region: REGION.start }) }
}

/** Somebody's boot error region, byte for byte: what firmware kept of the boot before. */
export function installBootErrors(
  state: FirmwareState,
  { bytes }: DataOf<typeof bootErrorsInstall>,
  io: Answering<typeof bootErrorsInstall>
): readonly [Said, FirmwareState] {
  if (bytes.length === 0) io.refuse('record-malformed', 'the body is empty', '/bytes')
  const bootErrors = writeMemory(EMPTY, REGION.start, bytes)
  if (bootErrors === undefined) {
    const detail = `${bytes.length} bytes do not fit the ${REGION_LENGTH} bytes of the boot error region`
    io.refuse('record-too-long', detail, '/bytes')
  }
  return [io.answer({ region: REGION.start, length: REGION_LENGTH }), { ...state, bootErrors }]
}

/**
 * A fatal record is kept for the boot that follows, behind those that are there and have not been read.
 *
 * Spec: ACPI 6.5, 18.3.1 (Boot Error Source): errors that ended the previous boot.
 * Fidelity: approximates. Real firmware keeps what it likes; here every fatal record, also one that the OS has read.
 */
export function keepForNextBoot(state: FirmwareState, bytes: Uint8Array, io: Io): FirmwareState {
  const memory = state.bootErrors ?? EMPTY
  const kept = writeMemory(memory, REGION.start + BigInt(usedOf(memory)), bytes)
  if (kept !== undefined) return { ...state, bootErrors: kept }
  io.note(recordLost, { because: 'the boot error region has no room for it' })
  return state
}

/** Bytes of the blocks that wait to be read. */
function usedOf(memory: SparseMemory): number {
  const bytes = readMemory(memory, REGION.start, REGION_LENGTH) ?? new Uint8Array(REGION_LENGTH)
  let at = 0
  while (REGION_LENGTH - at >= ERROR_STATUS_HEADER_SIZE && viewOf(bytes).getUint32(at) !== 0) {
    at += estatusLength(decodeErrorStatusHeader(bytes.subarray(at)))
  }
  return at
}

/** Reads the region where the address lies in it. */
export function readBootErrors({ bootErrors = EMPTY }: FirmwareState, address: bigint, length: number) {
  return readMemory(bootErrors, address, length)
}

/** Writes the region where the address lies in it: the OS clears Block Status of what it has read. */
export function writeBootErrors(state: FirmwareState, address: bigint, bytes: Uint8Array): FirmwareState | undefined {
  const bootErrors = writeMemory(state.bootErrors ?? EMPTY, address, bytes)
  return bootErrors === undefined ? undefined : { ...state, bootErrors }
}
