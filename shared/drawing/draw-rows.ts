import { laneName } from '../rows/lanes.ts'
import { isSmall } from '../rows/heights.ts'
import { MARK_NAMES, type Row } from '../rows/row.ts'
import type { RunModel } from '../rows/run-model.ts'
import { timeText } from '../rows/time.ts'
import { foldText, type Visible } from '../rows/visible.ts'
import { sayingOf, wordsFor } from '../rows/words.ts'
import { laneX, NUMBERS, TEXT_ROOM, TEXTS } from './lanes-of-picture.ts'
import { rowShapes } from './row-shapes.ts'
import { MARGIN, WIDTH } from './run-picture.ts'
import { rect } from './shape.ts'
import type { SvgWriter } from './svg-writer.ts'
import { fittedLine, type Run } from './text-line.ts'
import { widthOf } from './text-width.ts'

export type Fold = Extract<Visible, { readonly kind: 'fold' }>

/** The ground of the rows that stand out, under lifelines. */
export function drawGround(svg: SvgWriter, one: Visible, top: number, bottom: number): void {
  const isBand = one.kind === 'fold' && one.why !== 'detail'
  const isDeath = one.kind === 'row' && one.row.isEnd
  if (!isBand && !isDeath) return
  const inks = isBand ? ({ fill: 'sunken' } as const) : ({ fill: 'bad', opacity: 0.09 } as const)
  svg.shapes([rect(MARGIN, top, WIDTH - 2 * MARGIN, bottom - top, inks)])
}

export interface RowDrawing {
  /** Of the row, in px. */
  readonly middle: number
  /** It is one of the causes that the line follows. */
  readonly isOnPath: boolean
  /** How much was waited for since the row above, in ns, where that is worth telling. */
  readonly jump: number | undefined
}

/** One message: its number, its arrow, its words. */
export function drawRow(svg: SvgWriter, run: RunModel, row: Row, { middle, isOnPath, jump }: RowDrawing): void {
  const { place, mark, from, to, isEnd } = row
  const { head, detail, isProse } = wordsFor(run, row)
  const parties = from === to ? laneName(to) : `${laneName(from)} to ${laneName(to)}`
  svg.group(`${MARK_NAMES[mark]}, ${parties}: ${sayingOf(run, row)}`, () => {
    drawNumber(svg, String(place), middle, isOnPath)
    svg.shapes(rowShapes(row, laneX, middle))
    const says: readonly Run[] = [
      { text: head, ink: isEnd ? 'bad' : 'fg', size: 13.5, isBold: true },
      ...(detail === ''
        ? []
        : [{ text: detail, ink: 'fg2', size: isProse ? 13 : 12, isMono: !isProse, gap: 8 } satisfies Run])
    ]
    const taken = jump === undefined ? 0 : drawJump(svg, jump, middle)
    svg.text(TEXTS, middle + 4.5, fittedLine(says, TEXT_ROOM - taken))
  })
}

/** Several entries as one row, with how many and of what kind they are; `says` in place of that. */
export function drawFold(svg: SvgWriter, fold: Fold, middle: number, says = foldText(fold)): void {
  const { rows, why } = fold
  svg.group(`Folded: ${says}`, () => {
    if (why !== 'boot') drawNumber(svg, `+${rows.length}`, middle, false)
    if (isSmall(fold)) return
    svg.text(TEXTS, middle + 4, fittedLine([{ text: says, ink: 'fg3', size: 12 }], TEXT_ROOM))
  })
}

function drawNumber(svg: SvgWriter, text: string, middle: number, isOnPath: boolean): void {
  const run: Run = { text, ink: isOnPath ? 'accent' : 'fg3', size: 11, isMono: true, isBold: isOnPath }
  svg.text(NUMBERS, middle + 4, [run], 'end')
}

/** A jump of time at the end of a row; gives how much room that takes of its words, in px. */
function drawJump(svg: SvgWriter, jump: number, middle: number): number {
  const text: Run = { text: `+${timeText(jump)}`, ink: 'fg2', size: 11, isMono: true }
  const width = widthOf(text.text, text) + 16
  const x = WIDTH - MARGIN - width
  svg.shapes([rect(x, middle - 9, width, 18, { fill: 'surface', stroke: 'line2', thick: 1 }, 9)])
  svg.text(x + width / 2, middle + 4, [text], 'middle')
  return width + 8
}
