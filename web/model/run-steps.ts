/** Which run of a list, from 1, a key leads to; undefined where it leads nowhere. With none there yet, the first is next. */
export function runBeside(key: string, at: number, count: number): number | undefined {
  if (count === 0) return undefined
  const to = { ArrowDown: at + 1, j: at + 1, ArrowUp: at - 1, k: at - 1, Home: 1, End: count }[key]
  return to === undefined ? undefined : Math.min(count, Math.max(1, to))
}
