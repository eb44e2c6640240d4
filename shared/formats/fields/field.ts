import type { Fault } from '../format-error.ts'

/** What a field holds, as the decoder of its structure gives it; of several bytes without a number, the bytes. */
export type FieldValue = number | bigint | boolean | string | Uint8Array

/**
 * What a field is where it is not a member of its structure: `reserved` has no meaning, `unknown` has one that nobody here
 * knows, `cut` ends before its format says, `behind` lies between or behind the structures.
 */
export type FieldRole = 'reserved' | 'unknown' | 'cut' | 'behind'

/**
 * A field of a structure: where it lies, what it holds and what that means. The leaves of a tree of fields cover each
 * bit of its bytes exactly once, in order.
 */
export interface Field {
  /** As the decoded value has it; of a structure its title. */
  readonly name: string
  /** In bytes from the start of what the map is of. Of a part of a word the bytes that it lies in. */
  readonly offset: number
  readonly length: number
  /** Highest and lowest bit of a part of a word, counted in the whole word, which is little-endian. */
  readonly bits?: readonly [high: number, low: number]
  readonly value?: FieldValue
  /** What the value means, where it is a code, flags, or a name for something known. */
  readonly text?: string
  /** Whether the field has a meaning, where something else says so: a validation bit, a flag, a code. */
  readonly valid?: boolean
  readonly role?: FieldRole
  readonly children?: readonly Field[]
}

/** The fields of some bytes and the rules that the bytes break; `offset` of both counts from the start of the bytes. */
export interface FieldMap {
  readonly root: Field
  readonly problems: readonly Fault[]
}

/** Fields without children, in order. */
export function leavesOf(field: Field): readonly Field[] {
  return field.children === undefined ? [field] : field.children.flatMap(leavesOf)
}

/** A field and all below it, each before its children: the order by which a link names a field. */
export function* fieldsWithin(field: Field): Generator<Field, void> {
  yield field
  for (const child of field.children ?? []) yield* fieldsWithin(child)
}

/** The way from the root to the leaf at a byte; of a word in parts, to the word. Empty when the byte is outside. */
export function pathTo(root: Field, byte: number): readonly Field[] {
  const path: Field[] = []
  for (let next: Field | undefined = root; next !== undefined;) {
    if (byte < next.offset || byte >= next.offset + next.length) break
    path.push(next)
    next = next.children?.find(
      ({ offset, length, bits }) => bits === undefined && byte >= offset && byte < offset + length
    )
  }
  return path
}
