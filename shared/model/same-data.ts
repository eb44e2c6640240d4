import type { Fields } from '../contracts/fields.ts'
/** Whether two values of messages say the same: numbers, bigints, text, bytes, lists, and objects of those. */
export function sameData(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null)
    return Number.isNaN(a) && Number.isNaN(b)
  if (ArrayBuffer.isView(a) || Array.isArray(a)) return sameList(a as ArrayLike<unknown>, b)
  const [left, right] = [a as Fields, b as Fields]
  const names = Object.keys(left).filter((name) => left[name] !== undefined)
  const others = Object.keys(right).filter((name) => right[name] !== undefined)
  return names.length === others.length && names.every((name) => sameData(left[name], right[name]))
}

function sameList(a: ArrayLike<unknown>, b: object): boolean {
  if (a.constructor !== b.constructor) return false
  const other = b as ArrayLike<unknown>
  if (a.length !== other.length) return false
  for (let i = 0; i < a.length; i++) if (!sameData(a[i], other[i])) return false
  return true
}
