/** A field of something made of bytes, as the page shows it. */
export interface ShownField {
  readonly name: string
  /** In bytes from the start. */
  readonly offset: number
  /** In bytes; of a part of a word the bytes that it lies in. */
  readonly length: number
  /** Of a part of a word, counted in the whole word. */
  readonly bits?: readonly [high: number, low: number] | undefined
  readonly value: string
  /** What the value means. */
  readonly meaning: string
  /** It has no meaning where the record says that it is not valid, or where it is reserved. */
  readonly isValid: boolean
  readonly children: readonly ShownField[]
}

/** Something that an entry carries: bytes with their fields, or a register of so many bits. */
export interface ShownFormat {
  readonly name: string
  readonly bytes: Uint8Array
  /** Of a register, which is shown bit by bit. */
  readonly bits?: number | undefined
  readonly fields: readonly ShownField[]
  /** Where the bytes break a rule of their format. */
  readonly problems: readonly string[]
}

/** A field as a line of the tree. */
export interface FieldRow {
  readonly index: number
  readonly depth: number
  readonly parent: number | undefined
  readonly field: ShownField
}

/** All fields of a format, parents before their children; permalinks count in this order. */
export function fieldRows(fields: readonly ShownField[]): readonly FieldRow[] {
  const rows: FieldRow[] = []
  const add = (field: ShownField, depth: number, parent: number | undefined) => {
    const index = rows.length
    rows.push({ index, depth, parent, field })
    for (const child of field.children) add(child, depth + 1, index)
  }
  for (const field of fields) add(field, 0, undefined)
  return rows
}

/** For each byte the deepest field that has it whole; of a word in parts, the word. -1 where none does. */
export function ownersOfBytes(rows: readonly FieldRow[], size: number): Int32Array {
  const owners = new Int32Array(size).fill(-1)
  // A child comes after its parent, and is what it has of it.
  for (const { index, field } of rows) {
    if (field.bits === undefined) owners.fill(index, field.offset, field.offset + field.length)
  }
  return owners
}

/** For each bit of a register the deepest field that has it. */
export function ownersOfBits(rows: readonly FieldRow[], size: number): Int32Array {
  const owners = new Int32Array(size).fill(-1)
  for (const { index, field } of rows) {
    const [high, low] = field.bits ?? [8 * (field.offset + field.length) - 1, 8 * field.offset]
    owners.fill(index, low, high + 1)
  }
  return owners
}

/** A field and all within it: what lights up with it. Where bits cannot be shown, a part of a word is its word. */
export function litWith(rows: readonly FieldRow[], index: number | undefined, asBits: boolean): ReadonlySet<number> {
  if (index === undefined) return NOTHING
  let at = index
  for (let row = rows[at]; !asBits && row?.field.bits !== undefined && row.parent !== undefined; row = rows[at]) {
    at = row.parent
  }
  const found = new Set<number>([at])
  for (const row of rows) if (row.parent !== undefined && found.has(row.parent)) found.add(row.index)
  return found
}

const NOTHING: ReadonlySet<number> = new Set()

/** Whether a field's parts are shown from the start: members of a structure are, the bits of a word are not. */
const isOpenAtFirst = ({ children }: ShownField) => children[0]?.bits === undefined

/** Whether the parts of a field are shown; `turned` are those that are otherwise than at first. */
export const isOpen = ({ index, field }: FieldRow, turned: ReadonlySet<number>): boolean =>
  isOpenAtFirst(field) !== turned.has(index)

/** The rows whose parents are all open; of the one that is kept all parents are. */
export function openRows(
  rows: readonly FieldRow[],
  turned: ReadonlySet<number>,
  kept: number | undefined
): readonly FieldRow[] {
  const wanted = new Set<number>()
  for (let row = rows[kept ?? -1]; row?.parent !== undefined; row = rows[row.parent]) wanted.add(row.parent)
  const hidden = new Set<number>()
  return rows.filter((row) => {
    const { index, parent } = row
    if (parent === undefined) return true
    const above = rows[parent]
    const isHidden = hidden.has(parent) || (above !== undefined && !isOpen(above, turned) && !wanted.has(parent))
    if (isHidden) hidden.add(index)
    return !isHidden
  })
}

/** What a key does in the tree: goes to another field, or turns one open or shut. */
export type TreeMove = { readonly to: number } | { readonly turn: number }

/** `shown` are the rows that are open, `at` is the field that one is at. */
export function treeMove(
  shown: readonly FieldRow[],
  turned: ReadonlySet<number>,
  at: number,
  key: string
): TreeMove | undefined {
  const place = shown.findIndex(({ index }) => index === at)
  const row = shown[place]
  if (row === undefined) return undefined
  const hasParts = row.field.children.length > 0
  const to = (other: FieldRow | undefined): TreeMove => ({ to: (other ?? row).index })
  switch (key) {
    case 'ArrowDown':
      return to(shown[place + 1])
    case 'ArrowUp':
      return to(shown[place - 1])
    case 'ArrowLeft':
      if (hasParts && isOpen(row, turned)) return { turn: at }
      return row.parent === undefined ? to(row) : { to: row.parent }
    case 'ArrowRight':
      if (hasParts && !isOpen(row, turned)) return { turn: at }
      return hasParts ? to(shown[place + 1]) : to(row)
    case 'Home':
      return to(shown[0])
    case 'End':
      return to(shown.at(-1))
    case 'Enter':
    case ' ':
      return hasParts ? { turn: at } : to(row)
    default:
      return undefined
  }
}

/** Where a field lies, as text: its offset, or its bits. */
export function placeText({ offset, bits }: ShownField): string {
  if (bits === undefined) return `+${offset.toString(16)}`
  const [high, low] = bits
  return high === low ? `bit ${low}` : `bits ${high}:${low}`
}
