/**
 * Bytes that do not follow their format, or a value that does not fit the field it is to be encoded in.
 * `offset` counts bytes from the start of what the function was given; `rule` is the sentence that was broken.
 */
export class FormatError extends Error {
  readonly offset: number
  readonly rule: string

  constructor(rule: string, offset: number, found?: string) {
    super(`at byte ${offset}: ${rule}${found === undefined ? '' : `, found ${found}`}`)
    this.name = 'FormatError'
    this.offset = offset
    this.rule = rule
  }
}

/** Throws unless `length` bytes are there from `offset` on. */
export function requireBytes(bytes: Uint8Array, offset: number, length: number, what: string): void {
  const there = bytes.length - offset
  if (there < length) {
    throw new FormatError(`${what} takes ${length} bytes`, offset, `${Math.max(there, 0)}`)
  }
}

const U64_MAX = 0xffff_ffff_ffff_ffffn

/** Throws unless `value` is an unsigned integer of at most `bits` bits. */
export function requireFits(value: number | bigint, bits: number, offset: number, field: string): void {
  const fits =
    typeof value === 'bigint'
      ? value >= 0n && (bits === 64 ? value <= U64_MAX : value < 1n << BigInt(bits))
      : Number.isInteger(value) && value >= 0 && value < 2 ** bits
  if (!fits) throw new FormatError(`${field} is an unsigned ${bits}-bit value`, offset, String(value))
}
