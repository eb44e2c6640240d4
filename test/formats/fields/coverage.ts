import type { Field } from '../../../shared/formats/fields/field.ts'

/** The bits that a leaf covers, first and behind the last, counted from the start of the map. */
function bitsOf(field: Field, word: Field | undefined): readonly [number, number] {
  const { offset, length, bits } = field
  if (bits === undefined) return [8 * offset, 8 * (offset + length)]
  const start = 8 * (word?.offset ?? offset)
  return [start + bits[1], start + bits[0] + 1]
}

/**
 * What is wrong with a map of so many bytes: a bit that no leaf or more than one covers, leaves out of order, children
 * outside of their parent. Empty when nothing is.
 */
export function coverageFaults(root: Field, length: number): readonly string[] {
  const faults: string[] = []
  let next = 0
  const visit = (field: Field, word: Field | undefined): void => {
    const { children } = field
    if (children === undefined) {
      const [from, to] = bitsOf(field, word)
      if (from !== next) faults.push(`${field.name}: bit ${next} is expected, ${from} found`)
      next = to
      return
    }
    for (const child of children) {
      const end = child.offset + child.length
      if (child.offset < field.offset || end > field.offset + field.length) {
        faults.push(`${child.name} at ${child.offset} to ${end} is not within ${field.name}`)
      }
      visit(child, child.bits === undefined ? child : (word ?? field))
    }
  }
  visit(root, undefined)
  if (next !== 8 * length) faults.push(`the leaves end at bit ${next} of ${8 * length}`)
  if (root.offset !== 0 || root.length !== length) faults.push(`the root is ${root.length} bytes at ${root.offset}`)
  return faults
}
