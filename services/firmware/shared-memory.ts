import { viewOf } from '../../shared/formats/bytes.ts'
import { readMemory, writeMemory, type SparseMemory } from '../../shared/sparse/memory.ts'
import type { ErrorSource, FirmwareState } from './state.ts'

/** A little-endian 64-bit word; `address` is known to lie in the memory. */
export function readWord(memory: SparseMemory, address: bigint): bigint {
  const bytes = readMemory(memory, address, 8)
  return bytes === undefined ? 0n : viewOf(bytes).getBigUint64(0)
}

/** The memory with a little-endian 64-bit word in it; `address` is known to lie in the memory. */
export function writeWord(memory: SparseMemory, address: bigint, word: bigint): SparseMemory {
  const bytes = new Uint8Array(8)
  viewOf(bytes).setBigUint64(0, word)
  return writeMemory(memory, address, bytes) ?? memory
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
export function isFree({ memory }: FirmwareState, source: ErrorSource): boolean {
  const { readAck } = source
  if (readAck === undefined) return blockStatus(memory, source) === 0
  return (readWord(memory, readAck.register) & readAck.written) === readAck.written
}

/**
 * Writes a record: first the acknowledgement is taken back, then the bytes are copied. What the record does not cover
 * keeps its old content.
 *
 * Spec: ACPI 6.5, 18.3.2.8; QEMU 10.0, hw/acpi/ghes.c, ghes_record_cper_errors (the order, and the stale bytes).
 * Fidelity: exact.
 */
export function writeRecord(memory: SparseMemory, source: ErrorSource, bytes: Uint8Array): SparseMemory {
  const { readAck, statusBlock } = source
  const taken =
    readAck === undefined
      ? memory
      : writeWord(memory, readAck.register, readWord(memory, readAck.register) & ~readAck.written)
  return writeMemory(taken, statusBlock, bytes) ?? taken
}
