import { guestMemoryWrite } from '../../../shared/contracts/guest.ts'
import { recordDropped, recordWritten } from '../../../shared/contracts/notes/vmm-errors.ts'
import { viewOf } from '../../../shared/formats/bytes.ts'
import type { Io } from '../../../shared/model/io.ts'
import { BLOCK_LENGTH } from './error-sources.ts'
import { locateSource } from './locate-source.ts'
import { memoryErrorRecord, qemuMemoryErrorRecord } from './memory-error-record.ts'
import { readCell, readGuest } from '../calls.ts'
import { PROFILES } from '../profiles.ts'
import { count, type ErrorSource, type MemoryError, type Place, type Vm } from '../state.ts'

const NOT_ACKNOWLEDGED = new Uint8Array(8)

/** The VM with the record written, or why there is none; nothing was written then. */
export type Written = { readonly vm: Vm } | { readonly error: string }

const CELL = 8n
/** Cells this near to each other are read at once. */
const NEAR = 4096n

/**
 * For each source whether the guest has acknowledged its last record; a cell that cannot be read counts as not.
 */
export function acknowledgements(vm: Vm, sources: readonly ErrorSource[], io: Io): readonly boolean[] {
  const cells = sources.map((source) => {
    const located = locateSource(vm, source, io)
    return typeof located === 'string' ? undefined : located.readAck
  })
  const known = cells.filter((cell) => cell !== undefined)
  const [start, end] = [lowest(known), highest(known) + CELL]
  if (known.length === 0 || end - start > NEAR) {
    return cells.map((cell) => cell !== undefined && (readCell(io, vm.name, cell) ?? 0n) !== 0n)
  }
  const bytes = readGuest(io, vm.name, start, Number(end - start))
  if (bytes === undefined) return cells.map(() => false)
  return cells.map((cell) => cell !== undefined && viewOf(bytes).getBigUint64(Number(cell - start)) !== 0n)
}

const lowest = (values: readonly bigint[]) => values.reduce((a, b) => (b < a ? b : a), values[0] ?? 0n)
const highest = (values: readonly bigint[]) => values.reduce((a, b) => (b > a ? b : a), 0n)

/**
 * Puts bytes into a source: read_ack is cleared first, then the block is written.
 *
 * Spec: QEMU 10.2 hw/acpi/ghes.c, ghes_record_cper_errors.
 * Fidelity: exact for the checks and the order; like QEMU it leaves stale bytes behind the record.
 */
export function writeBlock(
  vm: Vm,
  source: Pick<ErrorSource, 'source' | 'notify'>,
  bytes: Uint8Array,
  io: Io,
  guestPhysical?: bigint
): Written {
  if (bytes.length > BLOCK_LENGTH) return { error: `a record of ${bytes.length} bytes is longer than ${BLOCK_LENGTH}` }
  const located = locateSource(vm, source, io)
  if (typeof located === 'string') return { error: located }
  if ((readCell(io, vm.name, located.readAck) ?? 0n) === 0n) {
    return { error: `the guest has not acknowledged the record before (source ${source.source})` }
  }
  const write = (guestPhysical: bigint, written: Uint8Array) =>
    io.command(guestMemoryWrite, { vm: vm.name, guestPhysical, bytes: written })
  write(located.readAck, NOT_ACKNOWLEDGED)
  write(located.block, bytes)
  const { notify, source: id } = source
  io.note(recordWritten, { vm: vm.name, source: id, notify, block: located.block, guestPhysical, bytes })
  return { vm: count(vm, 'recordsWritten') }
}

/** As `writeBlock`, with the record of a memory error in the guest's RAM. */
export function writeRecord(vm: Vm, source: ErrorSource, { place, addressLsb }: MemoryError, io: Io): Written {
  if (place === undefined) return { error: 'the error has no address in the guest' }
  return writeBlock(vm, source, recordOf(vm, place, addressLsb), io, place.guestPhysical)
}

function recordOf(vm: Vm, place: Place, lsb: number): Uint8Array {
  return PROFILES[vm.profile].record === 'qemu'
    ? qemuMemoryErrorRecord(place.guestPhysical)
    : memoryErrorRecord(place.guestPhysical, lsb)
}

/** As `writeRecord` for records one can do without: a busy block loses the record, and says so. */
export function writeOrDrop(vm: Vm, source: ErrorSource, error: MemoryError, io: Io): { vm: Vm; written: boolean } {
  const result = writeRecord(vm, source, error, io)
  if ('vm' in result) return { vm: result.vm, written: true }
  io.note(recordDropped, { vm: vm.name, source: source.source, notify: source.notify, because: result.error })
  return { vm: count(vm, 'recordsDropped'), written: false }
}
