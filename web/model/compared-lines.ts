import type { Comparison, Row as Pair } from '../../shared/story/compare.ts'
import type { EntryRef } from '../../shared/story/entry-ref.ts'
import type { Row } from '../../shared/rows/row.ts'
import type { RunModel } from '../../shared/rows/run-model.ts'

/** What is seen of two runs side by side, line by line. */
export type ComparedLine =
  | { readonly kind: 'first' }
  /** Several rows; `same` of them differ in nothing that counts, the others are details of what is shown. */
  | { readonly kind: 'fold'; readonly count: number; readonly same: number }
  | {
      readonly kind: 'pair'
      readonly left?: Row
      readonly right?: Row
      /** One is the other's like; else they only stand beside each other. */
      readonly isPair: boolean
      readonly counts: boolean
      /** What both have otherwise without its being a difference: names and addresses that somebody chose. */
      readonly chosen: readonly string[]
    }

interface Seen {
  readonly left?: Row
  readonly right?: Row
  readonly pair: Pair
  readonly isShown: boolean
  readonly isFirst: boolean
}

/** Lines of a comparison. Nothing is left out: what is not shown is counted. */
export function comparedLines(
  { rows, first }: Comparison,
  left: RunModel,
  right: RunModel,
  everything: boolean
): readonly ComparedLine[] {
  const at = (run: RunModel, ref: EntryRef | undefined) => (ref === undefined ? undefined : run.at(ref.order))
  const seen = rows.map((pair, place): Seen => {
    const [l, r] = [at(left, pair.left), at(right, pair.right)]
    const isFirst = place === first
    const isStory = [l, r].some((row) => row !== undefined && (row.level === 'story' || row.mark === 'decision'))
    const isShown = everything || isFirst || (pair.counts && isStory)
    return { ...(l && { left: l }), ...(r && { right: r }), pair, isShown, isFirst }
  })
  // The last thing that both still did is seen above what they did otherwise.
  const before =
    first === undefined
      ? -1
      : seen.findLastIndex(({ pair, left: l }, place) => place < first && isSame(pair) && l?.level === 'story')
  return linesOf(seen.map((one, place) => (place === before ? { ...one, isShown: true } : one)))
}

function linesOf(seen: readonly Seen[]): readonly ComparedLine[] {
  const lines: ComparedLine[] = []
  let folded: Pair[] = []
  // Since the last row that both have: what each has alone, and what of that is not shown.
  let lone: { readonly left: Row[]; readonly right: Row[]; readonly hidden: Pair[] } = NOTHING()
  const closeFold = () => {
    if (folded.length > 0) lines.push({ kind: 'fold', count: folded.length, same: folded.filter(isSame).length })
    folded = []
  }
  /** What one run has alone stands beside what the other has alone, not below it. */
  const closeLone = () => {
    const count = Math.max(lone.left.length, lone.right.length)
    if (count > 0) closeFold()
    for (let nth = 0; nth < count; nth++) {
      const [left, right] = [lone.left[nth], lone.right[nth]]
      lines.push({
        kind: 'pair',
        ...(left && { left }),
        ...(right && { right }),
        isPair: false,
        counts: true,
        chosen: []
      })
    }
    folded.push(...lone.hidden)
    lone = NOTHING()
  }
  for (const { left, right, pair, isShown, isFirst } of seen) {
    const isPair = left !== undefined && right !== undefined
    if (isPair || isFirst) closeLone()
    if (isFirst) {
      closeFold()
      lines.push({ kind: 'first' })
    }
    if (!isPair) {
      if (!isShown) lone.hidden.push(pair)
      else if (left !== undefined) lone.left.push(left)
      else if (right !== undefined) lone.right.push(right)
    } else if (isShown) {
      closeFold()
      const chosen = pair.differences.flatMap(({ counts, left: l, right: r }) => (counts ? [] : [String(l), String(r)]))
      lines.push({ kind: 'pair', left, right, isPair, counts: pair.counts, chosen })
    } else folded.push(pair)
  }
  closeLone()
  closeFold()
  return lines
}

const NOTHING = () => ({ left: [], right: [], hidden: [] })

const isSame = ({ left, right, counts }: Pair): boolean => left !== undefined && right !== undefined && !counts

/** What a fold says. */
export function foldedText({ count, same }: Extract<ComparedLine, { readonly kind: 'fold' }>): string {
  const said = [
    ...(same === 1 ? ['1 entry is the same'] : same > 0 ? [`${same} entries are the same`] : []),
    ...(count - same === 1 ? ['1 detail'] : count > same ? [`${count - same} details`] : [])
  ]
  return said.join(', ')
}

/** A piece of a text, and whether the other text lacks it. */
export interface Piece {
  readonly text: string
  readonly isOther: boolean
}

/** A text in pieces: words that do not stand in another text are told apart, but for those that are named as chosen. */
export function changedPieces(text: string, other: string, chosen: readonly string[] = []): readonly Piece[] {
  const known = new Set([...other.split(/\s+/), ...chosen].map(bare))
  const pieces: Piece[] = []
  for (const part of text.split(/(\s+)/)) {
    if (part === '') continue
    const isSpace = /^\s/.test(part)
    const last = pieces.at(-1)
    const isOther = !isSpace && !known.has(bare(part))
    if (last !== undefined && (isSpace ? !last.isOther : last.isOther === isOther)) {
      pieces[pieces.length - 1] = { text: last.text + part, isOther }
    } else pieces.push({ text: part, isOther })
  }
  return pieces
}

const bare = (word: string): string => word.replace(/[,.:;]+$/, '')
