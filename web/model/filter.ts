import { laneName } from '../../shared/rows/lanes.ts'
import { MARK_NAMES, type Row } from '../../shared/rows/row.ts'

const HAYS = new WeakMap<Row, string>()

/** The words of a filter; all have to match. */
export const wordsOf = (query: string): readonly string[] => query.toLowerCase().split(/\s+/).filter(Boolean)

/** Whether a row has each word in its kind, its parties, its type or its data. */
export function matches(row: Row, words: readonly string[], said: (row: Row) => string): boolean {
  let hay = HAYS.get(row)
  if (hay === undefined) {
    const { entry, mark, from, to } = row
    const { type, kind, id, data } = entry
    const parts = [said(row), MARK_NAMES[mark], laneName(from), laneName(to), from, to, type, kind, id]
    hay = `${parts.join(' ')} ${JSON.stringify(data ?? '')}`.toLowerCase()
    HAYS.set(row, hay)
  }
  const text = hay
  return words.every((word) => text.includes(word))
}
