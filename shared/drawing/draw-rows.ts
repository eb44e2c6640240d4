import { laneName } from '../rows/lanes.ts'
import { isSmall } from '../rows/heights.ts'
import { MARK_NAMES, type Row } from '../rows/row.ts'
import type { RunModel } from '../rows/run-model.ts'
import { timeText } from '../rows/time.ts'
import { foldText, lastPlace, type Visible } from '../rows/visible.ts'
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

/** One message: its number, its arrow, its words. `isOnPath`: it is one of the causes that the line follows. */
export function drawRow(svg: SvgWriter, run: RunModel, row: Row, middle: number, isOnPath: boolean): void {
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
    svg.text(TEXTS, middle + 4.5, fittedLine(says, TEXT_ROOM))
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

/** How much time lies between a row and what is above it, where that is worth telling. */
export function drawJump(
  svg: SvgWriter,
  run: RunModel,
  row: Row,
  before: Visible | undefined,
  top: number,
  least: number
) {
  const above = before === undefined ? undefined : run.at(lastPlace(before))
  const jump = above === undefined ? 0 : row.entry.time - above.entry.time
  if (jump < least) return
  const text: Run = { text: `+${timeText(jump)}`, ink: 'fg2', size: 11, isMono: true }
  const width = widthOf(text.text, text) + 16
  const x = WIDTH - MARGIN - width
  svg.shapes([rect(x, top - 9, width, 18, { fill: 'surface', stroke: 'line2', thick: 1 }, 9)])
  svg.text(x + width / 2, top + 4, [text], 'middle')
}
