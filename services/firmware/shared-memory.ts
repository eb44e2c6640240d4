import { viewOf } from '../../shared/formats/bytes.ts'
import { readMemory, writeMemory, type SparseMemory } from '../../shared/sparse/memory.ts'
import { doorbellRung } from '../../shared/contracts/notes/firmware.ts'
import type { Io } from '../../shared/model/io.ts'
import type { AckRegister, ErrorSource, FirmwareState } from './state.ts'

/** A little-endian word, of 64 bits unless said otherwise; `address` is known to lie in the memory. */
export function readWord(memory: SparseMemory, address: bigint, length = 8): bigint {
  const bytes = new Uint8Array(8)
  bytes.set(readMemory(memory, address, length) ?? [])
  return viewOf(bytes).getBigUint64(0)
}

/** The memory with a little-endian word in it; `address` is known to lie in the memory. */
export function writeWord(memory: SparseMemory, address: bigint, word: bigint, length = 8): SparseMemory {
  const bytes = new Uint8Array(8)
  viewOf(bytes).setBigUint64(0, word)
  return writeMemory(memory, address, bytes.subarray(0, length)) ?? memory
}

/** Block Status of a source: 0 when there is no record. */
export function blockStatus(memory: SparseMemory, { statusBlock }: ErrorSource): number {
  const bytes = readMemory(memory, statusBlock, 4)
  return bytes === undefined ? 0 : viewOf(bytes).getUint32(0)
}

/**
 * Whether firmware may write the next record: a GHESv2 source was acknowledged, a GHES source has its Block Status
 * cleared.
 *
 * Spec: ACPI 6.5, 18.3.2.8 (Read Ack Register) and 18.3.2.7.
 * Fidelity: exact.
 */
export function isFree({ memory, unanswered }: FirmwareState, source: ErrorSource): boolean {
  const { readAck, sourceId } = source
  if (readAck === undefined) return blockStatus(memory, source) === 0
  return readAck.doorbell ? !unanswered.includes(sourceId) : saysAcknowledged(memory, readAck)
}

function saysAcknowledged(memory: SparseMemory, { register, bytes, decided, acknowledged }: AckRegister): boolean {
  return (readWord(memory, register, bytes) & decided) === (acknowledged & decided)
}

/**
 * Writes a record: first the acknowledgement is taken back, then the bytes are copied. What the record does not cover
 * keeps its old content. A doorbell has nothing to take back.
 *
 * Spec: ACPI 6.5, 18.3.2.8; QEMU 10.0, hw/acpi/ghes.c, ghes_record_cper_errors (the order, and the stale bytes).
 * Fidelity: exact; a register whose acknowledgement is 0 is given its other bits instead, which is ours.
 */
export function writeRecord(state: FirmwareState, source: ErrorSource, bytes: Uint8Array): FirmwareState {
  const { readAck, statusBlock, sourceId } = source
  const taken = readAck === undefined || readAck.doorbell ? state.memory : takenBack(state.memory, readAck)
  return {
    ...state,
    memory: writeMemory(taken, statusBlock, bytes) ?? taken,
    unanswered: readAck?.doorbell === true ? [...state.unanswered, sourceId] : state.unanswered
  }
}

function takenBack(memory: SparseMemory, { register, bytes, decided, acknowledged }: AckRegister): SparseMemory {
  const word = readWord(memory, register, bytes)
  return writeWord(memory, register, acknowledged === 0n ? word | decided : word & ~acknowledged, bytes)
}

/**
 * The OS has written here. Where that is a doorbell, the value says whose record it acknowledges: every source's with this
 * Read Ack Write, and nobody's when there is none.
 *
 * Spec: ACPI 6.5, 18.3.2.8; Linux 6.1.192, drivers/acpi/apei/ghes.c, ghes_ack_error.
 * Fidelity: exact.
 */
export function ringDoorbells(state: FirmwareState, hostPhysical: bigint, length: number, io: Io): FirmwareState {
  const rung = state.sources.filter(({ readAck }) => {
    if (readAck?.doorbell !== true) return false
    const { register, bytes } = readAck
    return register < hostPhysical + BigInt(length) && hostPhysical < register + BigInt(bytes)
  })
  const [first] = rung
  if (first?.readAck === undefined) return state
  const { register, bytes } = first.readAck
  const heard = rung.filter(({ readAck }) => readAck !== undefined && saysAcknowledged(state.memory, readAck))
  const sources = heard.map(({ sourceId }) => sourceId)
  io.note(doorbellRung, { register, value: readWord(state.memory, register, bytes), sources })
  return { ...state, unanswered: state.unanswered.filter((id) => !sources.includes(id)) }
}
