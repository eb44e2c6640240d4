import { hex } from './hex.ts'
import { FormatError } from './format-error.ts'

/**
 * Time of an error as CPER writes it: eight BCD bytes, least significant first: seconds, minutes, hours,
 * flag (bit 0 precise), day, month, year, century. Records keep the raw 64-bit word, since firmware writes anything.
 *
 * Spec: UEFI 2.10, N.2.1 (Timestamp).
 * Fidelity: exact.
 */
export interface Timestamp {
  readonly year: number
  readonly month: number
  readonly day: number
  readonly hours: number
  readonly minutes: number
  readonly seconds: number
  readonly precise: boolean
  /** Reserved bits of the flag byte, where one is set, at their places in the word. */
  readonly kept?: bigint
}

const BYTE = { seconds: 0, minutes: 1, hours: 2, flag: 3, day: 4, month: 5, year: 6, century: 7 } as const
const PRECISE = 1
const RESERVED_FLAGS = 0xfen << BigInt(8 * BYTE.flag)

function byteOf(word: bigint, index: number): number {
  return Number((word >> BigInt(8 * index)) & 0xffn)
}

function fromBcd(word: bigint, index: number): number {
  const byte = byteOf(word, index)
  if (byte >> 4 > 9 || (byte & 0xf) > 9) throw new FormatError('BCD digits are 0 to 9', index, hex(byte))
  return (byte >> 4) * 10 + (byte & 0xf)
}

function toBcd(value: number, index: number): bigint {
  if (!Number.isInteger(value) || value < 0 || value > 99) {
    throw new FormatError('two BCD digits are 0 to 99', index, `${value}`)
  }
  return BigInt((Math.trunc(value / 10) << 4) | (value % 10)) << BigInt(8 * index)
}

/** Throws FormatError when a byte is not two decimal digits. */
export function decodeTimestamp(word: bigint): Timestamp {
  return {
    year: fromBcd(word, BYTE.century) * 100 + fromBcd(word, BYTE.year),
    month: fromBcd(word, BYTE.month),
    day: fromBcd(word, BYTE.day),
    hours: fromBcd(word, BYTE.hours),
    minutes: fromBcd(word, BYTE.minutes),
    seconds: fromBcd(word, BYTE.seconds),
    precise: (byteOf(word, BYTE.flag) & PRECISE) !== 0,
    ...((word & RESERVED_FLAGS) === 0n ? {} : { kept: word & RESERVED_FLAGS })
  }
}

/** The 64-bit word of a time; throws FormatError when a part does not fit its two digits. */
export function encodeTimestamp(time: Timestamp): bigint {
  return (
    (time.kept ?? 0n) |
    toBcd(time.seconds, BYTE.seconds) |
    toBcd(time.minutes, BYTE.minutes) |
    toBcd(time.hours, BYTE.hours) |
    (time.precise ? BigInt(PRECISE) << BigInt(8 * BYTE.flag) : 0n) |
    toBcd(time.day, BYTE.day) |
    toBcd(time.month, BYTE.month) |
    toBcd(time.year % 100, BYTE.year) |
    toBcd(Math.trunc(time.year / 100), BYTE.century)
  )
}
