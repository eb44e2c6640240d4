import { hex } from '../../shared/formats/hex.ts'
import { NOTIFICATIONS } from '../../shared/contracts/common.ts'
import { FormatError } from '../../shared/formats/format-error.ts'
import { ADDRESS_SPACE, type GenericAddress } from '../../shared/formats/generic-address.ts'
import type { GhesSource } from '../../shared/formats/ghes-source.ts'
import { decodeHest, isGhes } from '../../shared/formats/hest.ts'
import { ERROR_STATUS_HEADER_SIZE } from '../../shared/formats/error-status-block.ts'
import { covers, sparseMemory } from '../../shared/sparse/memory.ts'
import { writeWord } from './shared-memory.ts'
import { CARVE_OUT, DEFAULT_CHOICE, type ErrorSource, type FirmwareState } from './state.ts'

/** A table that this firmware cannot serve; the message says why. */
export class HestRefused extends Error {
  readonly code: 'table-malformed' | 'address-outside-memory'
  constructor(detail: string, code: HestRefused['code'] = 'table-malformed') {
    super(detail)
    this.code = code
  }
}

const CELL_LENGTH = 8
const BLOCK_OFFSET = 0x40n
/** Largest block that Linux reads. */
const MAX_BLOCK_LENGTH = 0x10000

interface Span {
  readonly start: bigint
  readonly end: bigint
}

/**
 * Serves a table: checks its sources, gives each a status block and fills its cells. Pointer cells point at the blocks,
 * read-ack registers say that nothing waits. Throws HestRefused when the table is malformed, or when a source uses
 * memory that is not firmware's.
 *
 * Spec: ACPI 6.5, 18.3.2.7 (Error Status Address holds the address of the block), 18.3.2.8 (Read Ack Register).
 * Fidelity: approximates. The carve-out has a fixed place; sources that are no GHES are carried in the table, not served.
 */
export function installHest(table: Uint8Array): FirmwareState {
  const sources = placeSources(decode(table))
  const empty = sparseMemory(CARVE_OUT.start, CARVE_OUT.end)
  const memory = sources.reduce((filled, { pointer, statusBlock, readAck }) => {
    const pointed = writeWord(filled, pointer, statusBlock)
    return readAck === undefined ? pointed : writeWord(pointed, readAck.register, readAck.written)
  }, empty)
  return {
    table,
    sources,
    memory,
    choice: DEFAULT_CHOICE,
    queues: {},
    sdeiMasked: false,
    watched: [],
    panicked: undefined
  }
}

function decode(table: Uint8Array): readonly GhesSource[] {
  try {
    return decodeHest(table).sources.filter(isGhes)
  } catch (error) {
    if (error instanceof FormatError) throw new HestRefused(error.message)
    throw error
  }
}

function placeSources(rows: readonly GhesSource[]): readonly ErrorSource[] {
  const cells = rows.flatMap(cellsOf)
  const taken: Span[] = [...cells]
  return rows.map((row, index) => {
    if (rows.findIndex(({ sourceId }) => sourceId === row.sourceId) !== index) {
      throw new HestRefused(`source id ${row.sourceId} is there twice`)
    }
    const notify = NOTIFICATIONS[row.notification.type]
    if (notify === undefined) {
      throw new HestRefused(`source ${row.sourceId}: notification type ${row.notification.type} is reserved`)
    }
    const statusBlock = placeBlock(row, taken)
    taken.push({ start: statusBlock, end: statusBlock + BigInt(row.errorStatusBlockLength) })
    return {
      sourceId: row.sourceId,
      enabled: row.enabled !== 0,
      notify,
      vector: row.notification.vector,
      pollIntervalMs: row.notification.pollInterval,
      pointer: row.errorStatusAddress.address,
      statusBlock,
      blockLength: row.errorStatusBlockLength,
      readAck:
        row.readAck === undefined
          ? undefined
          : {
              register: row.readAck.register.address,
              written: BigInt.asUintN(64, row.readAck.write << BigInt(row.readAck.register.bitOffset))
            }
    }
  })
}

/** Behind its own cells where there is room, else in the first free place above. */
function placeBlock({ sourceId, errorStatusAddress, errorStatusBlockLength }: GhesSource, taken: readonly Span[]) {
  if (errorStatusBlockLength < ERROR_STATUS_HEADER_SIZE || errorStatusBlockLength > MAX_BLOCK_LENGTH) {
    throw new HestRefused(`source ${sourceId}: a status block of ${errorStatusBlockLength} bytes holds no record`)
  }
  const length = BigInt(errorStatusBlockLength)
  let start = alignUp(errorStatusAddress.address) + BLOCK_OFFSET
  for (;;) {
    const at = start
    const other = taken.find((span) => span.start < at + length && at < span.end)
    if (other === undefined) break
    start = alignUp(other.end)
  }
  if (start + length > CARVE_OUT.end) {
    throw new HestRefused(`source ${sourceId}: no room for its block below ${hex(CARVE_OUT.end)}`)
  }
  return start
}

function alignUp(address: bigint): bigint {
  return ((address + BLOCK_OFFSET - 1n) / BLOCK_OFFSET) * BLOCK_OFFSET
}

function cellsOf(row: GhesSource): readonly Span[] {
  const cells = [cell(row.sourceId, 'Error Status Address', row.errorStatusAddress)]
  if (row.readAck !== undefined) cells.push(cell(row.sourceId, 'Read Ack Register', row.readAck.register))
  return cells
}

function cell(sourceId: number, name: string, gas: GenericAddress): Span {
  const where = `source ${sourceId}: ${name} ${hex(gas.address)}`
  if (gas.space !== ADDRESS_SPACE.systemMemory) throw new HestRefused(`${where} is not in system memory`)
  if (gas.address % BigInt(CELL_LENGTH) !== 0n) throw new HestRefused(`${where} is not a multiple of 8`)
  if (!covers(sparseMemory(CARVE_OUT.start, CARVE_OUT.end), gas.address, CELL_LENGTH)) {
    const owned = `${hex(CARVE_OUT.start)} to ${hex(CARVE_OUT.end)}`
    throw new HestRefused(`${where} lies outside of firmware's ${owned}`, 'address-outside-memory')
  }
  return { start: gas.address, end: gas.address + BigInt(CELL_LENGTH) }
}
