import { isZero } from './bytes.ts'
import { FormatError } from './format-error.ts'

/**
 * Content of a structure that no field of it says: reserved bytes and bits that are not zero, fields that are not there by
 * another field, and what follows the first NUL of a text. It has no meaning, but it was there, so it comes back when the
 * value is encoded: each decoded structure has its own, with offsets from its start, and its encoder lays it down first
 * and writes the fields over it. Content between or behind structures has a name of its own (`gap`, `slack`, `rest`).
 */
export interface Kept {
  readonly offset: number
  readonly bytes: Uint8Array
}

/** Offset, length, and for a part of a byte or word the bits of each byte, of what a field says. */
export type Said = readonly [offset: number, length: number, bits?: number]

/** What no field says: byte offsets and the bits of each, in order. */
export type Unsaid = readonly (readonly [offset: number, bits: number])[]

/** The bits of a structure of `size` bytes that none of `said` covers; several parts of a byte add up. */
export function unsaid(size: number, said: readonly Said[]): Unsaid {
  const free = new Uint8Array(size).fill(0xff)
  for (const [offset, length, bits] of said) {
    for (let i = 0; i < length; i++) {
      const mask = bits === undefined ? 0xff : (bits >>> (8 * i)) & 0xff
      free[offset + i] = (free[offset + i] ?? 0) & ~mask
    }
  }
  return [...free.entries()].filter(([, bits]) => bits !== 0)
}

/** What the structure at `at` holds in its unsaid bits, and behind the NUL of its texts; undefined when that is nothing. */
export function keptAt(
  bytes: Uint8Array,
  at: number,
  free: Unsaid,
  texts: readonly (readonly [offset: number, length: number])[] = []
): readonly Kept[] | undefined {
  let kept: Kept[] | undefined
  let run: number[] = []
  let start = 0
  for (const [offset, bits] of free) {
    const value = (bytes[at + offset] ?? 0) & bits
    if (run.length > 0 && (value === 0 || offset !== start + run.length)) {
      ;(kept ??= []).push({ offset: start, bytes: Uint8Array.from(run) })
      run = []
    }
    if (value === 0) continue
    if (run.length === 0) start = offset
    run.push(value)
  }
  if (run.length > 0) (kept ??= []).push({ offset: start, bytes: Uint8Array.from(run) })
  for (const [offset, length] of texts) {
    const tail = textTail(bytes, at + offset, length)
    if (tail !== undefined) (kept ??= []).push({ offset: tail.offset - at, bytes: tail.bytes })
  }
  return kept
}

/** What follows the first NUL of a text, without the NULs around it. */
function textTail(bytes: Uint8Array, at: number, length: number): Kept | undefined {
  let from = at
  let to = at + length
  while (from < to && bytes[from] !== 0) from++
  if (isZero(bytes, from, to)) return undefined
  while (bytes[from] === 0) from++
  while (bytes[to - 1] === 0) to--
  return { offset: from, bytes: bytes.slice(from, to) }
}

/** Lays kept content down in the structure at `at`, before its fields; throws FormatError when it lies outside. */
export function writeKept(bytes: Uint8Array, at: number, size: number, kept: readonly Kept[] | undefined): void {
  if (kept === undefined) return
  for (const { offset, bytes: content } of kept) {
    if (offset < 0 || offset + content.length > size) {
      throw new FormatError(`kept content lies within the ${size} bytes of its structure`, at, `${offset}`)
    }
    bytes.set(content, at + offset)
  }
}
