import type { PlaceFile } from './schema-step.ts'

const PAGE = 0x1000n

/** Distance of a place from the start of its owner's memory; `usual` is where in its page it lies unless it says. */
export function distanceOf({ page = 0, offset }: PlaceFile, usual = 0n): bigint {
  return BigInt(page) * PAGE + (offset === undefined ? usual : BigInt(offset))
}
