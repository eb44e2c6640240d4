import { NOTIFICATIONS } from '../../shared/contracts/common.ts'
import { ERROR_STATUS_HEADER_SIZE } from '../../shared/formats/error-status-block.ts'
import { ADDRESS_SPACE, type GenericAddress } from '../../shared/formats/generic-address.ts'
import type { GhesSource, ReadAck } from '../../shared/formats/ghes-source.ts'
import { hex } from '../../shared/formats/hex.ts'
import { apeiCheckGar } from '../../shared/linux/apei/apei-check-gar.ts'
import { CARVE_OUT, type AckRegister, type ErrorSource } from './state.ts'

const CELL_LENGTH = 8
/** Blocks start at a multiple of this, and not before the line behind their cells. */
const LINE = 0x40n
const U64 = 0xffff_ffff_ffff_ffffn

interface Span {
  readonly start: bigint
  readonly end: bigint
}

/** A source of the table: served, or why firmware has no place for it. */
export type Placed = ErrorSource | { readonly sourceId: number; readonly unserved: string }

export function isServed(placed: Placed): placed is ErrorSource {
  return !('unserved' in placed)
}

/**
 * Gives each source of a table a status block in the carve-out: behind its own cells where there is room, else in the
 * first free place above. Sources with one pointer cell have one block. A source whose cells are elsewhere is not served.
 *
 * Spec: ACPI 6.5, 18.3.2.7 (Error Status Address holds the address of the block), 18.3.2.8 (Read Ack Register).
 * Fidelity: approximates. The carve-out has a fixed place.
 */
export function placeSources(rows: readonly GhesSource[]): readonly Placed[] {
  const taken: Span[] = rows.flatMap((row) => (elsewhere(row) === undefined ? cellsOf(row) : []))
  const blocks = new Map<bigint, bigint>()
  return rows.map((row): Placed => {
    const { sourceId, notification, errorStatusAddress } = row
    const away = elsewhere(row)
    if (away !== undefined) return { sourceId, unserved: away }
    const pointer = errorStatusAddress.address
    const length = BigInt(Math.max(row.errorStatusBlockLength, ERROR_STATUS_HEADER_SIZE))
    const statusBlock = blocks.get(pointer) ?? freePlace(pointer, length, taken)
    if (statusBlock + length > CARVE_OUT.end) {
      return { sourceId, unserved: `there is no room for its block of ${length} bytes below ${hex(CARVE_OUT.end)}` }
    }
    blocks.set(pointer, statusBlock)
    taken.push({ start: statusBlock, end: statusBlock + length })
    return {
      sourceId,
      enabled: row.enabled !== 0,
      notify: NOTIFICATIONS[notification.type] ?? 'reserved',
      vector: notification.vector,
      pollIntervalMs: notification.pollInterval,
      pointer,
      pointerBytes: widthOf(errorStatusAddress),
      statusBlock,
      blockLength: row.errorStatusBlockLength,
      readAck: row.readAck === undefined ? undefined : ackRegister(row.readAck, rows)
    }
  })
}

function freePlace(pointer: bigint, length: bigint, taken: readonly Span[]): bigint {
  let start = alignUp(pointer) + LINE
  for (;;) {
    const at = start
    const other = taken.find((span) => span.start < at + length && at < span.end)
    if (other === undefined) return start
    start = alignUp(other.end)
  }
}

function alignUp(address: bigint): bigint {
  return ((address + LINE - 1n) / LINE) * LINE
}

/**
 * The bits of a read-ack register that an acknowledgement decides, and how they are then: Linux writes
 * (register & preserve) | write. Where another source's acknowledgement of the same register leaves other values in them,
 * the register holds nothing: it is a doorbell, and each write is a message to whoever has that Read Ack Write.
 *
 * Spec: ACPI 6.5, 18.3.2.8; Linux 6.1.192, drivers/acpi/apei/ghes.c, ghes_ack_error; edk2-platforms 9ef9bcef5090,
 * Silicon/Ampere/AmpereAltraPkg/AcpiCommonTables/Hest.asl (eight sources, two doorbells, Preserve 0).
 * Fidelity: exact for what is written; what firmware makes of it is the table's author's secret, and here the only
 * reading in which no acknowledgement is lost.
 */
function ackRegister(readAck: ReadAck, rows: readonly GhesSource[]): AckRegister {
  const { address } = readAck.register
  const { decided, acknowledged } = acknowledgement(readAck)
  const doorbell =
    decided === 0n ||
    rows.some((other) => {
      if (other.readAck?.register.address !== address) return false
      const theirs = acknowledgement(other.readAck)
      return ((theirs.acknowledged ^ acknowledged) & theirs.decided & decided) !== 0n
    })
  return { register: address, bytes: widthOf(readAck.register), decided, acknowledged, doorbell }
}

function acknowledgement({ register, preserve, write }: ReadAck) {
  const shift = BigInt(register.bitOffset)
  const width = (1n << BigInt(8 * widthOf(register))) - 1n
  const kept = (preserve << shift) & ~(write << shift) & U64
  const decided = ~kept & width
  return { decided, acknowledged: (write << shift) & width }
}

/** Bytes of one access to a register. */
function widthOf(register: GenericAddress): number {
  const check = apeiCheckGar(register)
  return check.ok ? check.accessBits / 8 : CELL_LENGTH
}

function cellsOf({ errorStatusAddress, readAck }: GhesSource): readonly Span[] {
  return [errorStatusAddress, ...(readAck === undefined ? [] : [readAck.register])].map((register) => ({
    start: register.address,
    end: register.address + BigInt(widthOf(register))
  }))
}

/** Why a source's cells are not memory of this firmware. */
function elsewhere(row: GhesSource): string | undefined {
  const owned = `firmware's ${hex(CARVE_OUT.start)} to ${hex(CARVE_OUT.end)}`
  const cells = [
    ['Error Status Address', row.errorStatusAddress],
    ...(row.readAck === undefined ? [] : [['Read Ack Register', row.readAck.register] as const])
  ] as const
  for (const [name, { space, address }] of cells) {
    if (space !== ADDRESS_SPACE.systemMemory) return `${name} ${hex(address)} is not in system memory`
    if (address < CARVE_OUT.start || address + BigInt(CELL_LENGTH) > CARVE_OUT.end) {
      return `${name} ${hex(address)} lies outside of ${owned}`
    }
  }
  return undefined
}
