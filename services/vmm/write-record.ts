import type { Io } from '../../shared/kit/procedure.ts'
import { memoryErrorRecord } from './memory-error-record.ts'
import { readCell, writeGuest } from './neighbours.ts'
import { count, type ErrorSource, type MemoryError, type Vm } from './state.ts'

const NOT_ACKNOWLEDGED = new Uint8Array(8)

/** Whether the guest has acknowledged the last record of a source; a cell that cannot be read counts as not. */
export function isAcknowledged(vm: Vm, source: ErrorSource, io: Io): boolean {
  return (readCell(io, vm.name, source.readAck) ?? 0n) !== 0n
}

/**
 * Puts a record into a source: the acknowledgement is taken back first, then the block is written. Undefined when the
 * guest still owns the block; nothing was written then.
 *
 * Spec: QEMU 10.2 hw/acpi/ghes.c, ghes_record_cper_errors.
 * Fidelity: exact for the order; like QEMU it leaves stale bytes behind the record.
 */
export function writeRecord(vm: Vm, source: ErrorSource, error: MemoryError, io: Io): Vm | undefined {
  if (error.place === undefined || !isAcknowledged(vm, source, io)) return undefined
  const bytes = memoryErrorRecord(error.place.guestPhysical, error.addressLsb)
  writeGuest(io, vm.name, source.readAck, NOT_ACKNOWLEDGED)
  writeGuest(io, vm.name, source.block, bytes)
  io.note('record.written', {
    vm: vm.name,
    source: source.source,
    notify: source.notify,
    block: source.block,
    guestPhysical: error.place.guestPhysical,
    bytes
  })
  return count(vm, 'recordsWritten')
}

/** As `writeRecord` for records one can do without: a busy block loses the record, and says so. */
export function writeOrDrop(vm: Vm, source: ErrorSource, error: MemoryError, io: Io): { vm: Vm; written: boolean } {
  const next = writeRecord(vm, source, error, io)
  if (next !== undefined) return { vm: next, written: true }
  const because = 'the guest has not acknowledged the record before'
  io.note('record.dropped', { vm: vm.name, source: source.source, notify: source.notify, because })
  return { vm: count(vm, 'recordsDropped'), written: false }
}
