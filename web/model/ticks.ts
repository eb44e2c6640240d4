import type { Row, RowMark } from '../../shared/rows/row.ts'
import { jumpBetween, jumpFrom } from '../../shared/rows/time.ts'

/** An entry as the slider shows it. */
export interface Tick {
  readonly place: number
  readonly mark: RowMark
  readonly weight: 'end' | 'mark' | 'story' | 'detail'
  /** How much was waited for since the entry before, in ns, where that is much. */
  readonly jump: number | undefined
}

const PLAIN: ReadonlySet<RowMark> = new Set(['call', 'note', 'record', 'poison'])

/** Ticks from the entry at `begin` on. `isVirtual`: its time is that of the model alone. */
export function ticksOf(rows: readonly Row[], begin: number, isVirtual: boolean): readonly Tick[] {
  const least = jumpFrom(rows, begin, isVirtual)
  return rows.slice(begin - 1).map(({ place, mark, level, isEnd }) => {
    const waited = place > begin ? jumpBetween(rows, place - 1, place, isVirtual) : 0
    const jump = waited >= least ? waited : undefined
    const weight =
      isEnd && level === 'story' ? 'end' : level !== 'story' ? 'detail' : PLAIN.has(mark) ? 'story' : 'mark'
    return { place, mark, weight, jump }
  })
}
