import {
  ACPI_HEADER_LAYOUT,
  ACPI_HEADER_SIZE,
  decodeAcpiHeader,
  requireAcpiChecksum,
  writeAcpiHeader,
  type AcpiHeader
} from './acpi-table.ts'
import { viewOf } from './bytes.ts'
import { FormatError, requireBytes, requireFits } from './format-error.ts'
import {
  GHES_SIZE,
  GHES_TYPE,
  GHES_V2_SIZE,
  GHES_V2_TYPE,
  ghesSourceAt,
  writeGhesSource,
  type GhesSource
} from './ghes-source.ts'
import { offsetsOf, type Layout } from './layout.ts'

export const HEST_SIGNATURE = 'HEST'
export const HEST_LAYOUT = {
  ...ACPI_HEADER_LAYOUT,
  sourceCount: [ACPI_HEADER_SIZE, 'u32']
} as const satisfies Layout
const OFFSET = { ...offsetsOf(HEST_LAYOUT), sources: ACPI_HEADER_SIZE + 4 } as const
export const HEST_HEADER_SIZE = OFFSET.sources

/** Sources have no length field: the type decides. IA-32 types with banks take 28 bytes more for each of `banksAt`. */
const SOURCE_SIZE: ReadonlyMap<number, { readonly name: string; readonly size: number; readonly banksAt?: number }> =
  new Map([
    [0, { name: 'IA-32 MCE', size: 40, banksAt: 32 }],
    [1, { name: 'IA-32 CMC', size: 48, banksAt: 44 }],
    [2, { name: 'IA-32 NMI', size: 20 }],
    [6, { name: 'PCIe root port AER', size: 48 }],
    [7, { name: 'PCIe device AER', size: 44 }],
    [8, { name: 'PCIe bridge AER', size: 56 }],
    [GHES_TYPE, { name: 'GHES', size: GHES_SIZE }],
    [GHES_V2_TYPE, { name: 'GHESv2', size: GHES_V2_SIZE }],
    [11, { name: 'IA-32 deferred MC', size: 48, banksAt: 44 }]
  ])
const BANK_SIZE = 28

/** A source that is not a GHES: its bytes, type included. */
export interface OpaqueSource {
  readonly type: number
  readonly bytes: Uint8Array
}

export type HestSource = GhesSource | OpaqueSource

export function isGhes(source: HestSource): source is GhesSource {
  return source.type === GHES_TYPE || source.type === GHES_V2_TYPE
}

/**
 * Hardware Error Source Table.
 *
 * Spec: ACPI 6.5, 18.3.2.
 * Fidelity: exact for GHES and GHESv2; sources of other types are kept as bytes.
 */
export interface Hest extends AcpiHeader {
  readonly sources: readonly HestSource[]
  /** What lies behind as many sources as the Error Source Count says, where something does. */
  readonly rest?: Uint8Array
}

/** What a source type is called, undefined when it is unused or reserved. */
export function hestSourceName(type: number): string | undefined {
  return SOURCE_SIZE.get(type)?.name
}

/** One step of `walkHest`. */
export interface HestStep {
  readonly index: number
  readonly offset: number
  readonly type: number
  /** Undefined when the type is unknown: nobody can say where the next source starts, so the walk ends here. */
  readonly size: number | undefined
  /** Whether the source lies within the table; if not, the walk ends here. */
  readonly fits: boolean
  /** From the start of the source to its end, or to the end of the table when it does not fit. */
  readonly bytes: Uint8Array
}

/**
 * Walks the sources and judges nothing, for readers with rules of their own: no checksum, no signature. Ends with the
 * Error Source Count, or with a step that has no size or does not fit.
 * Throws FormatError only when there is no source count to read.
 */
export function* walkHest(table: Uint8Array): Generator<HestStep, void> {
  requireBytes(table, 0, OFFSET.sources, 'a HEST')
  const view = viewOf(table)
  const end = Math.min(table.length, view.getUint32(OFFSET.length))
  const count = view.getUint32(OFFSET.sourceCount)
  let offset: number = OFFSET.sources
  for (let index = 0; index < count; index++) {
    const there = end - offset
    if (there < 2) {
      yield { index, offset, type: 0, size: 2, fits: false, bytes: table.subarray(offset, Math.max(offset, end)) }
      return
    }
    const type = view.getUint16(offset)
    const size = sourceSize(table, offset, end, type)
    const fits = size !== undefined && size <= there
    yield { index, offset, type, size, fits, bytes: table.subarray(offset, fits ? offset + size : end) }
    if (!fits) return
    offset += size
  }
}

function sourceSize(table: Uint8Array, offset: number, end: number, type: number): number | undefined {
  const row = SOURCE_SIZE.get(type)
  if (row?.banksAt === undefined || offset + row.size > end) return row?.size
  return row.size + BANK_SIZE * (table[offset + row.banksAt] ?? 0)
}

/** The GHES and GHESv2 sources of a table as far as it can be walked, whatever else is wrong with it. */
export function ghesSources(table: Uint8Array): readonly GhesSource[] {
  if (table.length < OFFSET.sources) return []
  return [...walkHest(table)]
    .filter(({ type, fits }) => fits && (type === GHES_TYPE || type === GHES_V2_TYPE))
    .map(({ offset }) => ghesSourceAt(table, offset))
}

/**
 * Decodes a table. Throws FormatError for a wrong signature, length or checksum, a source of unknown type, and a source
 * that runs past the table. What the count leaves out stays as bytes.
 */
export function decodeHest(bytes: Uint8Array): Hest {
  const { header, length } = decodeAcpiHeader(bytes, HEST_SIGNATURE)
  const table = bytes.subarray(0, length)
  requireBytes(table, 0, OFFSET.sources, 'a HEST')
  requireAcpiChecksum(table)
  const sources: HestSource[] = []
  let next: number = OFFSET.sources
  for (const { offset, type, size, fits, bytes: source } of walkHest(table)) {
    if (size === undefined) throw new FormatError('an error source is of a known type', offset, `${type}`)
    if (!fits) throw new FormatError('an error source lies within the table', offset, `type ${type}`)
    if (type === GHES_TYPE || type === GHES_V2_TYPE) {
      sources.push(ghesSourceAt(table, offset))
    } else {
      sources.push({ type, bytes: source })
    }
    next = offset + size
  }
  return { ...header, sources, ...(next === length ? {} : { rest: table.subarray(next) }) }
}

function sizeOf(source: HestSource): number {
  if (!isGhes(source)) return source.bytes.length
  return source.type === GHES_TYPE ? GHES_SIZE : GHES_V2_SIZE
}

/** Encodes a table with its length, source count and checksum; throws FormatError when a value does not fit. */
export function encodeHest(hest: Hest): Uint8Array {
  const { sources, rest = new Uint8Array(), ...header } = hest
  requireFits(sources.length, 32, OFFSET.sourceCount, 'Error Source Count')
  const size = sources.reduce((length, source) => length + sizeOf(source), Number(OFFSET.sources))
  const table = new Uint8Array(size + rest.length)
  table.set(rest, size)
  viewOf(table).setUint32(ACPI_HEADER_SIZE, sources.length)
  let offset: number = OFFSET.sources
  for (const source of sources) {
    if (isGhes(source)) writeGhesSource(table, offset, source)
    else table.set(source.bytes, offset)
    offset += sizeOf(source)
  }
  writeAcpiHeader(table, header, HEST_SIGNATURE)
  return table
}
