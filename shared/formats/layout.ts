/**
 * Where the members of a structure lie, each written once: decoders and encoders take their offsets from it, and the map
 * of its fields (`fields/`) its places and types. `text` and `bytes` have their length in bytes behind the type.
 */
export type PlaceType = 'u8' | 'u16' | 'u32' | 'u64' | 'i16' | 'i32' | 'guid' | 'text' | 'bytes'

export type Place = readonly [offset: number, type: PlaceType, size?: number]

/** Members by the name that the decoded value has for them. What lies between them is reserved. */
export type Layout = Readonly<Record<string, Place>>

/** The offsets alone. */
export function offsetsOf<const L extends Layout>(layout: L): { readonly [Name in keyof L]: L[Name][0] } {
  const offsets = Object.entries(layout).map(([name, [offset]]) => [name, offset])
  return Object.fromEntries(offsets) as { readonly [Name in keyof L]: L[Name][0] }
}

/** The layout of numbers that are written as a table: name, offset, bits. */
export function numbersLayout(
  rows: readonly (readonly [name: string, offset: number, bits: 8 | 16 | 32 | 64])[]
): Layout {
  return Object.fromEntries(rows.map(([name, offset, bits]) => [name, [offset, `u${bits}`] as const]))
}

/** A part of a word: the mask of one bit, which is a yes or no, or the place of a number. */
export type WordPart = number | bigint | { readonly shift: number | bigint; readonly mask: number | bigint }

/** The parts of a word by name; bits that none of them covers are reserved. */
export type WordParts = Readonly<Record<string, WordPart>>
