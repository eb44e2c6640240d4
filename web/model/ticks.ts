import type { Row, RowMark } from '../../shared/rows/row.ts'
import { jumpFrom } from '../../shared/rows/time.ts'

/** An entry as the slider shows it. */
export interface Tick {
  readonly place: number
  readonly mark: RowMark
  readonly weight: 'end' | 'mark' | 'story' | 'detail'
  /** How much time has gone by since the entry before, in ns, where that is much. */
  readonly jump: number | undefined
}

const PLAIN: ReadonlySet<RowMark> = new Set(['call', 'note', 'record', 'poison'])

/** Ticks from the entry at `begin` on. */
export function ticksOf(rows: readonly Row[], begin: number): readonly Tick[] {
  const least = jumpFrom(rows, begin)
  let before = rows[begin - 1]?.entry.time ?? 0
  return rows.slice(begin - 1).map(({ place, mark, level, isEnd, entry }) => {
    const jump = entry.time - before >= least ? entry.time - before : undefined
    before = Math.max(before, entry.time)
    const weight =
      isEnd && level === 'story' ? 'end' : level !== 'story' ? 'detail' : PLAIN.has(mark) ? 'story' : 'mark'
    return { place, mark, weight, jump }
  })
}
