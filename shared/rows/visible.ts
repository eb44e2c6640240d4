import type { Row } from './row.ts'
import { roundsIn } from './rounds.ts'
import type { RunModel } from './run-model.ts'

/** A row of the trace, or several of them as one. */
export type Visible =
  | { readonly kind: 'row'; readonly row: Row; readonly isWithin: boolean }
  | {
      readonly kind: 'fold'
      /** Place of its first row; a fold is opened by it. */
      readonly key: number
      readonly rows: readonly Row[]
      readonly why: 'boot' | 'detail' | 'rounds'
      /** How often the same came again. */
      readonly times: number
      readonly isOpen: boolean
    }

export interface Showing {
  /** Everything, or the story alone. */
  readonly everything: boolean
  /** Folds that have been opened. */
  readonly open: ReadonlySet<number>
  /** Shown whatever its level. */
  readonly selected: number | undefined
  /** Where something is looked for: only these. */
  readonly only?: (row: Row) => boolean
}

/** What the trace shows, from the top. Nothing is left out: what is not shown is counted in a fold. */
export function visibleRows(run: RunModel, { everything, open, selected, only }: Showing): readonly Visible[] {
  if (only !== undefined) return run.rows.filter(only).map((row) => ({ kind: 'row', row, isWithin: false }))
  const rounds = everything ? NONE : roundsIn(run.rows)
  const shown: Visible[] = []
  let folded: Row[] = []
  let times = 0

  const close = () => {
    const [first] = folded
    if (first === undefined) return
    const isOpen = open.has(first.place)
    const why = first.level === 'boot' ? 'boot' : times > 0 ? 'rounds' : 'detail'
    shown.push({ kind: 'fold', key: first.place, rows: folded, why, times, isOpen })
    if (isOpen) for (const row of folded) shown.push({ kind: 'row', row, isWithin: true })
    folded = []
  }
  for (const row of run.rows) {
    const round = row.level === 'boot' ? 0 : (rounds.get(row.place) ?? 0)
    const [first] = folded
    if (first !== undefined && ((first.level === 'boot') !== (row.level === 'boot') || round !== times)) close()
    times = round
    const isShown = row.level === 'boot' ? false : round > 0 ? false : everything || row.level === 'story'
    if (!isShown && row.place !== selected) folded.push(row)
    else if (row.level === 'boot') folded.push(row)
    else {
      close()
      shown.push({ kind: 'row', row, isWithin: false })
    }
  }
  close()
  return shown
}

const NONE: ReadonlyMap<number, number> = new Map()

/** Where each place is shown: the index of its row, or of the fold that holds it. */
export function indexOfPlaces(visible: readonly Visible[]): ReadonlyMap<number, number> {
  const index = new Map<number, number>()
  visible.forEach((one, at) => {
    if (one.kind === 'row') index.set(one.row.place, at)
    else if (!one.isOpen) for (const { place } of one.rows) index.set(place, at)
  })
  return index
}

/** The last place that a row or a fold shows. */
export const lastPlace = (one: Visible): number => (one.kind === 'row' ? one.row.place : (one.rows.at(-1)?.place ?? 0))

/**
 * The place of the entry above one that is shown, for how much later that is: what a closed fold holds is passed over, but not the
 * set-up. The first has nothing above it.
 */
export function placeAbove(visible: readonly Visible[], index: number): number | undefined {
  for (let at = index - 1; at >= 0; at--) {
    const one = visible[at]
    if (one !== undefined && (one.kind === 'row' || one.isOpen || one.why === 'boot')) return lastPlace(one)
  }
  return undefined
}

/** What is in a fold, in a few words. */
export function foldText(fold: Extract<Visible, { readonly kind: 'fold' }>): string {
  const { rows, why, times } = fold
  if (why === 'boot') return `Boot and set-up: ${rows.length} entries before anything is touched`
  if (why === 'rounds') return `The same again, ${times} more times: ${rows.length} entries`
  const counts = new Map<string, number>()
  for (const row of rows) counts.set(wordFor(row), (counts.get(wordFor(row)) ?? 0) + 1)
  return [...counts].map(([word, count]) => `${count} ${word}${count === 1 ? '' : 's'}`).join(', ')
}

function wordFor({ entry, mark }: Row): string {
  const { kind, type } = entry
  if (/\.(?:printk|trace)$/.test(type)) return 'log line'
  if (kind === 'answer') return 'answer'
  if (type === 'memory.read') return 'read'
  if (type === 'memory.write') return 'write'
  return mark === 'note' ? 'kernel step' : 'call'
}
