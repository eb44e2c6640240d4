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

/** As `weightOf`, of a state, which may have maps and sets in it; what is met again, as trees share their parts, counts once. */
export function weightOfState(state: unknown): number {
  const met = new Set<object>()
  const left: unknown[] = [state]
  let weight = 0
  while (left.length > 0) {
    const value = left.pop()
    weight += WORD
    if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) {
      weight += weightOf(value)
      continue
    }
    if (met.has(value)) continue
    met.add(value)
    weight += OBJECT
    if (value instanceof Map) for (const [key, item] of value) left.push(key, item)
    else if (Array.isArray(value) || value instanceof Set)
      for (const item of value as Iterable<unknown>) left.push(item)
    else for (const name in value) left.push((value as Record<string, unknown>)[name])
  }
  return weight
}
