import { viewOf } from '../bytes.ts'
import type { Place } from '../layout.ts'
import { placeSize, readPlace } from './read-place.ts'

/** The number at a place of the structure at `at`; 0 where the bytes end before it. */
export function numberAt(bytes: Uint8Array, at: number, place: Place): number {
  if (at + place[0] + placeSize(place) > bytes.length) return 0
  return Number(readPlace(bytes, at + place[0], place[1], placeSize(place)))
}

/** The low half of a 64-bit word, or as much of it as there is; the bits above the bytes are clear. */
export function lowWordAt(bytes: Uint8Array, at: number): number {
  return at + 4 <= bytes.length ? viewOf(bytes).getUint32(at) : 0
}
