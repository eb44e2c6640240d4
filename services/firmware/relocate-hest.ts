import { acpiSum, CHECKSUM_OFFSET } from '../../shared/formats/acpi-table.ts'
import { ADDRESS_SPACE } from '../../shared/formats/generic-address.ts'
import {
  GHES_TYPE,
  GHES_V2_TYPE,
  ghesSourceAt,
  writeGhesSource,
  type GhesSource
} from '../../shared/formats/ghes-source.ts'
import { walkHest } from '../../shared/formats/hest.ts'
import { CARVE_OUT } from './state.ts'

/** Cells that share a line, or are in neighbouring ones, stay so; an address within its line stays as it is. */
const LINE = 0x40n
/** What the longest register reaches beyond its address. */
const LAST_BYTE = 7n

/**
 * A table of another machine as it would be if that machine's firmware had its cells in this one's carve-out: only
 * addresses in system memory change, and the checksum with them, so that one that was wrong is wrong by as much. What was
 * shared stays shared. Address 0 stays: it is nobody's.
 *
 * Spec: ours; the tables of real machines point into the memory of real machines.
 * Fidelity: exact for what Linux's rules depend on: alignment, width, and which registers are one.
 */
export function relocateHest(table: Uint8Array): Uint8Array {
  const moved = table.slice()
  const rows = ghesAt(table)
  const lines = [...new Set(rows.flatMap(([, source]) => addressesOf(source)).flatMap(linesOf))].sort((a, b) =>
    a < b ? -1 : 1
  )
  const place = new Map(lines.map((line, index) => [line, CARVE_OUT.start + LINE * BigInt(index)]))
  const to = (address: bigint) => (place.get(address / LINE) ?? 0n) + (address % LINE)
  for (const [offset, source] of rows) writeGhesSource(moved, offset, withAddresses(source, to))
  const checksum = moved[CHECKSUM_OFFSET] ?? 0
  moved[CHECKSUM_OFFSET] = checksum + acpiSum(table) - acpiSum(moved)
  return moved
}

function ghesAt(table: Uint8Array): readonly (readonly [number, GhesSource])[] {
  return [...walkHest(table)]
    .filter(({ type, fits }) => fits && (type === GHES_TYPE || type === GHES_V2_TYPE))
    .map(({ offset }) => [offset, ghesSourceAt(table, offset)])
}

function isMemory({ space, address }: GhesSource['errorStatusAddress']): boolean {
  return space === ADDRESS_SPACE.systemMemory && address !== 0n
}

function addressesOf({ errorStatusAddress, readAck }: GhesSource): readonly bigint[] {
  const registers = readAck === undefined ? [errorStatusAddress] : [errorStatusAddress, readAck.register]
  return registers.filter(isMemory).map(({ address }) => address)
}

function linesOf(address: bigint): readonly bigint[] {
  return [address / LINE, (address + LAST_BYTE) / LINE]
}

function withAddresses(source: GhesSource, to: (address: bigint) => bigint): GhesSource {
  const move = <Register extends GhesSource['errorStatusAddress']>(register: Register): Register =>
    isMemory(register) ? { ...register, address: to(register.address) } : register
  const moved = { ...source, errorStatusAddress: move(source.errorStatusAddress) }
  return moved.type === GHES_V2_TYPE
    ? { ...moved, readAck: { ...moved.readAck, register: move(moved.readAck.register) } }
    : moved
}
