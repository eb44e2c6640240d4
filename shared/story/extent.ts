/** A stretch of an address space. */
export interface Extent {
  readonly start: bigint
  readonly length: bigint
}

export const PAGE = 4096n

export const endOf = ({ start, length }: Extent): bigint => start + length
const larger = (a: bigint, b: bigint): bigint => (a > b ? a : b)
const smaller = (a: bigint, b: bigint): bigint => (a < b ? a : b)

/** What two stretches share, if anything. */
export function shared(a: Extent, b: Extent): Extent | undefined {
  const start = larger(a.start, b.start)
  const length = smaller(endOf(a), endOf(b)) - start
  return length > 0n ? { start, length } : undefined
}

/** The smallest stretch that holds both. */
export function around(a: Extent, b: Extent): Extent {
  const start = smaller(a.start, b.start)
  return { start, length: larger(endOf(a), endOf(b)) - start }
}

/** The naturally aligned stretch of so many bytes, a power of two, that an address lies in. */
export function aligned(address: bigint, length: bigint): Extent {
  return { start: address - (address % length), length }
}

/** The stretch of another address space that a mapping of equal length has in place of one. */
export function mapped(part: Extent, from: Extent, to: bigint): Extent | undefined {
  const within = shared(part, from)
  return within && { start: to + within.start - from.start, length: within.length }
}
