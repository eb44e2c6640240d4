/** A word and the header of an object, roughly; the same for a boxed number. */
const WORD = 8
const OBJECT = 32

/**
 * About how many bytes a value takes in memory, for bounds: never far below what it takes, and cheap to say. Parts that
 * several values share count in each of them.
 */
export function weightOf(value: unknown): number {
  switch (typeof value) {
    case 'string':
      return OBJECT + value.length
    case 'bigint':
      return OBJECT
    case 'object':
      return value === null ? WORD : weightOfObject(value)
    default:
      return WORD
  }
}

function weightOfObject(value: object): number {
  let weight = OBJECT
  if (ArrayBuffer.isView(value)) return weight + value.byteLength
  if (Array.isArray(value)) {
    for (const item of value) weight += WORD + weightOf(item)
    return weight
  }
  for (const name in value) weight += WORD + weightOf((value as Record<string, unknown>)[name])
  return weight
}
