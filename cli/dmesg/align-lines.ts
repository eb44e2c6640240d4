/** A line of the log beside what the model's kernel prints. */
export interface ComparedLine {
  readonly verdict: 'same' | 'other words' | 'only in the log' | 'not in the excerpt' | 'not understood'
  readonly log: string | undefined
  readonly model: string | undefined
}

/** Blanks are folded by mail and terminals: they do not count. */
const folded = (text: string): string => text.trim().replaceAll(/\s+/g, ' ').replaceAll(': ', ':').toLowerCase()

/** The longest common subsequence, as pairs of indices. */
function common(a: readonly string[], b: readonly string[]): readonly (readonly [number, number])[] {
  const length = Array.from({ length: a.length + 1 }, () => new Uint32Array(b.length + 1))
  const at = (i: number, j: number): number => length[i]?.[j] ?? 0
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      const row = length[i]
      if (row !== undefined) row[j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
    }
  }
  const pairs: (readonly [number, number])[] = []
  for (let [i, j] = [0, 0]; i < a.length && j < b.length;) {
    if (a[i] === b[j]) pairs.push([i++, j++])
    else if (at(i + 1, j) >= at(i, j + 1)) i++
    else j++
  }
  return pairs
}

/** Both logs side by side: lines that are the same stand beside each other, and between them what stands alone. */
export function alignLines(
  log: readonly string[],
  model: readonly string[],
  understood: (text: string) => boolean
): readonly ComparedLine[] {
  const rows: ComparedLine[] = []
  let [i, j] = [0, 0]
  for (const [nextLog, nextModel] of [...common(log.map(folded), model.map(folded)), [log.length, model.length]]) {
    const extra = model.slice(j, nextModel)
    for (const text of log.slice(i, nextLog)) {
      const ours = understood(text) ? extra.shift() : undefined
      const verdict = !understood(text) ? 'not understood' : ours === undefined ? 'only in the log' : 'other words'
      rows.push({ verdict, log: text, model: ours })
    }
    rows.push(...extra.map((text): ComparedLine => ({ verdict: 'not in the excerpt', log: undefined, model: text })))
    const [same, ours] = [log[nextLog], model[nextModel]]
    if (same !== undefined && ours !== undefined) rows.push({ verdict: 'same', log: same, model: ours })
    ;[i, j] = [nextLog + 1, nextModel + 1]
  }
  return rows
}
