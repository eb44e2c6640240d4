/**
 * Bytes that do not follow their format, or a value that does not fit the field it is to be encoded in.
 * `offset` counts bytes from the start of what the function was given; `rule` is the sentence that was broken.
 */
export class FormatError extends Error {
  readonly offset: number
  readonly rule: string
  readonly found: string | undefined

  constructor(rule: string, offset: number, found?: string) {
    super(`at byte ${offset}: ${rule}${found === undefined ? '' : `, found ${found}`}`)
    this.name = 'FormatError'
    this.offset = offset
    this.rule = rule
    this.found = found
  }
}

/** A rule that bytes break, as a value: for readers that go on all the same. */
export interface Fault {
  readonly offset: number
  readonly rule: string
  readonly found?: string
}

/** The fault that an error tells of, its offset counted from `from` bytes earlier. Throws whatever else it is. */
export function faultOf(error: unknown, from = 0): Fault {
  if (!(error instanceof FormatError)) throw error
  const { offset, rule, found } = error
  return { offset: from + offset, rule, ...(found === undefined ? {} : { found }) }
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
