import { changedPieces, type ComparedLine } from '../model/compared-lines.ts'
import { laneName } from '../../shared/rows/lanes.ts'
import { linkTo } from '../model/permalink.ts'
import { MARK_NAMES, type Row, type Words } from '../../shared/rows/row.ts'
import { wordsFor } from '../../shared/rows/words.ts'
import type { Compared } from '../state/compared.ts'
import type { OpenRun } from '../state/open-run.ts'
import { MarkIcon } from './icon.tsx'

interface ComparedPairProps {
  readonly both: Compared
  readonly line: Extract<ComparedLine, { readonly kind: 'pair' }>
}

/** A row of each run; what one says otherwise than the other is marked. */
export function ComparedPair({ both, line }: ComparedPairProps) {
  const { left, right, isPair, counts, chosen } = line
  const words = {
    left: left && wordsFor(both.left.model, left),
    right: right && wordsFor(both.right.model, right)
  }
  const against = (other: Words | undefined) => (isPair && counts ? other : undefined)
  return (
    <>
      <Half run={both.left} row={left} words={words.left} against={against(words.right)} chosen={chosen} />
      <Half run={both.right} row={right} words={words.right} against={against(words.left)} chosen={chosen} />
    </>
  )
}

interface HalfProps {
  readonly run: OpenRun
  readonly row: Row | undefined
  readonly words: Words | undefined
  /** Absent where nothing is to be marked. */
  readonly against: Words | undefined
  readonly chosen: readonly string[]
}

function Half({ run, row, words, against, chosen }: HalfProps) {
  if (row === undefined || words === undefined) {
    return (
      <span role="cell" class="half none">
        <span class="sr">nothing</span>
      </span>
    )
  }
  const { place, mark, from, to } = row
  const { head, detail, isProse } = words
  const said = against && `${against.head} ${against.detail}`
  const parties = from === to ? laneName(to) : `${laneName(from)} → ${laneName(to)}`
  return (
    <span role="cell" class="half">
      <a href={linkTo({ view: 'run', run: run.id, place })} title={`#${place}`}>
        <span class="number">{place}</span>
        <MarkIcon mark={mark} size={13} />
        <span class="sr">{MARK_NAMES[mark]}:</span>
        <span class="clip">
          <b>
            <Marked text={head} against={said} chosen={chosen} />
          </b>{' '}
          <span class={isProse ? 'prose' : 'mono'}>
            <Marked text={detail} against={isProse ? undefined : said} chosen={chosen} />
          </span>
        </span>
        <small>{parties}</small>
      </a>
    </span>
  )
}

interface MarkedProps {
  readonly text: string
  readonly against: string | undefined
  readonly chosen: readonly string[]
}

function Marked({ text, against, chosen }: MarkedProps) {
  if (against === undefined) return <>{text}</>
  return (
    <>
      {changedPieces(text, against, chosen).map((piece, nth) =>
        piece.isOther ? <mark key={nth}>{piece.text}</mark> : <span key={nth}>{piece.text}</span>
      )}
    </>
  )
}
