import type { Row } from './row.ts'

/** So many rows may one round have, and so often it has to come before it is folded. */
const LONGEST = 14
const FEWEST = 4

/**
 * Rounds of the same in a story: for each place in a round that is neither the first nor the last, how many rounds are
 * folded with it.
 */
export function roundsIn(rows: readonly Row[]): ReadonlyMap<number, number> {
  const story = rows.filter(({ level }) => level === 'story')
  const keys = story.map(({ entry, from, to }) => `${entry.kind} ${entry.type} ${from} ${to}`)
  const folded = new Map<number, number>()
  let at = 0
  while (at < keys.length) {
    const found = roundsFrom(keys, at)
    if (found === undefined) {
      at++
      continue
    }
    const { length, times } = found
    const first = story[at + length]?.place ?? Infinity
    const last = story[at + (times - 1) * length]?.place ?? Infinity
    for (let place = first; place < last; place++) folded.set(place, times - 2)
    at += length * times
  }
  return folded
}

function roundsFrom(
  keys: readonly string[],
  at: number
): { readonly length: number; readonly times: number } | undefined {
  for (let length = 2; length < LONGEST; length++) {
    let times = 1
    while (isSame(keys, at, at + times * length, length)) times++
    if (times >= FEWEST) return { length, times }
  }
  return undefined
}

function isSame(keys: readonly string[], one: number, other: number, length: number): boolean {
  if (other + length > keys.length) return false
  for (let i = 0; i < length; i++) if (keys[one + i] !== keys[other + i]) return false
  return true
}
