import { viewOf } from './bytes.ts'
import { FormatError, requireBytes, requireFits } from './format-error.ts'
import { GENERIC_ADDRESS_SIZE, genericAddressAt, writeGenericAddress, type GenericAddress } from './generic-address.ts'
import {
  NOTIFICATION_SIZE,
  hestNotificationAt,
  writeHestNotification,
  type HestNotification
} from './hest-notification.ts'
import { numbersLayout, offsetsOf, type Layout } from './layout.ts'

export const GHES_TYPE = 9
export const GHES_V2_TYPE = 10
export const GHES_SIZE = 64
export const GHES_V2_SIZE = 92
/** Related Source Id of a source without one. */
export const NO_RELATED_SOURCE = 0xffff

/** Name, offset, bits. */
const FIELDS = [
  ['sourceId', 2, 16],
  ['relatedSourceId', 4, 16],
  ['flags', 6, 8],
  ['enabled', 7, 8],
  ['recordsToPreallocate', 8, 32],
  ['maxSectionsPerRecord', 12, 32],
  ['maxRawDataLength', 16, 32],
  ['errorStatusBlockLength', 60, 32]
] as const
const STRUCTURES = {
  type: [0, 'u16'],
  errorStatusAddress: [20, 'bytes', GENERIC_ADDRESS_SIZE],
  notification: [32, 'bytes', NOTIFICATION_SIZE]
} as const satisfies Layout
const READ_ACK = {
  readAckRegister: [64, 'bytes', GENERIC_ADDRESS_SIZE],
  preserve: [76, 'u64'],
  write: [84, 'u64']
} as const satisfies Layout
const OFFSET = offsetsOf({ ...STRUCTURES, ...READ_ACK })
/** The members of a GHES, and those that a GHESv2 has behind them. */
export const GHES_LAYOUT: Layout = { ...numbersLayout(FIELDS), ...STRUCTURES }
export const GHES_V2_LAYOUT: Layout = { ...GHES_LAYOUT, ...READ_ACK }

interface Common {
  readonly sourceId: number
  readonly relatedSourceId: number
  readonly flags: number
  /** 1 enabled; Linux takes any other value but 0 as enabled too. */
  readonly enabled: number
  readonly recordsToPreallocate: number
  readonly maxSectionsPerRecord: number
  readonly maxRawDataLength: number
  /** The 8-byte cell that holds the physical address of the status block. */
  readonly errorStatusAddress: GenericAddress
  readonly notification: HestNotification
  readonly errorStatusBlockLength: number
}

/** How the OS says that it has read a record: register = (register & preserve) | write, both shifted by its bit offset. */
export interface ReadAck {
  readonly register: GenericAddress
  readonly preserve: bigint
  readonly write: bigint
}

/**
 * Generic Hardware Error Source, type 9 without and type 10 (GHESv2) with a read acknowledge.
 *
 * Spec: ACPI 6.5, 18.3.2.7 and 18.3.2.8.
 * Fidelity: exact.
 */
export type GhesSource = Common &
  (
    | { readonly type: typeof GHES_TYPE; readonly readAck?: never }
    | { readonly type: typeof GHES_V2_TYPE; readonly readAck: ReadAck }
  )

/**
 * The members by which a source is enabled, stands alone and holds one record of one section, in a block of so many bytes.
 * Where its cells and its block lie, and how it tells of them, its owner adds.
 */
export function oneRecord(blockLength: number) {
  return {
    relatedSourceId: NO_RELATED_SOURCE,
    flags: 0,
    enabled: 1,
    recordsToPreallocate: 1,
    maxSectionsPerRecord: 1,
    maxRawDataLength: blockLength,
    errorStatusBlockLength: blockLength
  } as const
}

/** The source at `offset`; throws FormatError when it is not a GHES or runs past the end. */
export function ghesSourceAt(bytes: Uint8Array, offset: number): GhesSource {
  requireBytes(bytes, offset, GHES_SIZE, 'a GHES')
  const view = viewOf(bytes)
  const type = view.getUint16(offset + OFFSET.type)
  if (type !== GHES_TYPE && type !== GHES_V2_TYPE) {
    throw new FormatError('a GHES is of type 9 or 10', offset + OFFSET.type, `${type}`)
  }
  const numbers: { -readonly [Name in (typeof FIELDS)[number][0]]?: number } = {}
  for (const [name, at, bits] of FIELDS) {
    numbers[name] =
      bits === 8 ? view.getUint8(offset + at) : bits === 16 ? view.getUint16(offset + at) : view.getUint32(offset + at)
  }
  const common: Common = {
    ...(numbers as Required<typeof numbers>),
    errorStatusAddress: genericAddressAt(bytes, offset + OFFSET.errorStatusAddress),
    notification: hestNotificationAt(bytes, offset + OFFSET.notification)
  }
  if (type === GHES_TYPE) return { type, ...common }
  requireBytes(bytes, offset, GHES_V2_SIZE, 'a GHESv2')
  const readAck = {
    register: genericAddressAt(bytes, offset + OFFSET.readAckRegister),
    preserve: view.getBigUint64(offset + OFFSET.preserve),
    write: view.getBigUint64(offset + OFFSET.write)
  }
  return { type, ...common, readAck }
}

/** Writes 64 or 92 bytes at `offset`; throws FormatError when a value does not fit. */
export function writeGhesSource(bytes: Uint8Array, offset: number, source: GhesSource): void {
  requireBytes(bytes, offset, source.type === GHES_TYPE ? GHES_SIZE : GHES_V2_SIZE, 'the encoded GHES')
  const view = viewOf(bytes)
  view.setUint16(offset + OFFSET.type, source.type)
  for (const [name, at, bits] of FIELDS) {
    requireFits(source[name], bits, offset + at, name)
    if (bits === 8) view.setUint8(offset + at, source[name])
    else if (bits === 16) view.setUint16(offset + at, source[name])
    else view.setUint32(offset + at, source[name])
  }
  writeGenericAddress(bytes, offset + OFFSET.errorStatusAddress, source.errorStatusAddress)
  writeHestNotification(bytes, offset + OFFSET.notification, source.notification)
  if (source.type === GHES_V2_TYPE) {
    const { register, preserve, write } = source.readAck
    requireFits(preserve, 64, offset + OFFSET.preserve, 'Read Ack Preserve')
    requireFits(write, 64, offset + OFFSET.write, 'Read Ack Write')
    writeGenericAddress(bytes, offset + OFFSET.readAckRegister, register)
    view.setBigUint64(offset + OFFSET.preserve, preserve)
    view.setBigUint64(offset + OFFSET.write, write)
  }
}
