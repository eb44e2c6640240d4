/** What has changed between two texts, as one piece. */
export interface TextChange {
  readonly from: number
  /** End of what is replaced. */
  readonly to: number
  readonly insert: string
}

/** The shortest piece whose replacement makes one text of another, so that cursor and history survive it. */
export function changeBetween(before: string, after: string): TextChange | undefined {
  if (before === after) return undefined
  const shorter = Math.min(before.length, after.length)
  let from = 0
  while (from < shorter && before[from] === after[from]) from++
  let same = 0
  while (same < shorter - from && before.at(-1 - same) === after.at(-1 - same)) same++
  return { from, to: before.length - same, insert: after.slice(from, after.length - same) }
}
