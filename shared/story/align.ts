/** Two sequences side by side: places of both where they match, of one where nothing does. */
export type Alignment = readonly (readonly [left: number | undefined, right: number | undefined])[]

/** So much of both is looked at at once; what is further apart than that is not found again. */
const WINDOW = 1500

/**
 * Aligns two sequences of keys by a longest common subsequence, in their order. Memory and time are bounded: long sequences
 * are aligned in windows, each from where the one before it had its last match.
 */
export function align(left: readonly string[], right: readonly string[]): Alignment {
  const pairs: (readonly [number | undefined, number | undefined])[] = []
  let [l, r] = [0, 0]
  while (l < left.length || r < right.length) {
    const [lefts, rights] = [left.slice(l, l + WINDOW), right.slice(r, r + WINDOW)]
    const isLast = l + WINDOW >= left.length && r + WINDOW >= right.length
    const found = common(lefts, rights)
    const last = found.at(-1)
    const ends =
      isLast || last === undefined ? ([lefts.length, rights.length] as const) : ([last[0] + 1, last[1] + 1] as const)
    let [a, b] = [0, 0]
    for (const [x, y] of [...found, ends]) {
      while (a < x) pairs.push([l + a++, undefined])
      while (b < y) pairs.push([undefined, r + b++])
      if (x < ends[0] && y < ends[1]) pairs.push([l + a++, r + b++])
    }
    l += ends[0]
    r += ends[1]
  }
  return pairs
}

/** A longest common subsequence, as pairs of places. */
function common(left: readonly string[], right: readonly string[]): readonly (readonly [number, number])[] {
  let start = 0
  while (start < left.length && start < right.length && left[start] === right[start]) start++
  const head = Array.from({ length: start }, (_, at) => [at, at] as const)
  const [rows, columns] = [left.length - start, right.length - start]
  const width = columns + 1
  const lengths = new Uint16Array((rows + 1) * width)
  const at = (row: number, column: number) => lengths[row * width + column] ?? 0
  for (let row = rows - 1; row >= 0; row--) {
    for (let column = columns - 1; column >= 0; column--) {
      const isSame = left[start + row] === right[start + column]
      lengths[row * width + column] = isSame
        ? at(row + 1, column + 1) + 1
        : Math.max(at(row + 1, column), at(row, column + 1))
    }
  }
  const tail: (readonly [number, number])[] = []
  for (let row = 0, column = 0; row < rows && column < columns;) {
    if (left[start + row] === right[start + column]) tail.push([start + row++, start + column++])
    else if (at(row + 1, column) >= at(row, column + 1)) row++
    else column++
  }
  return [...head, ...tail]
}
