import { MARK_NAMES, ROW_MARKS, type Row, type RowMark } from '../rows/row.ts'
import { markShapes } from './mark-shapes.ts'
import { MARGIN, WIDTH } from './run-picture.ts'
import { moved, path } from './shape.ts'
import type { SvgWriter } from './svg-writer.ts'
import { widthOf } from './text-width.ts'

const SIZE = 11.5
const PITCH = 22

/** What the marks that are drawn mean, and what is not drawn. Returns how far it reaches. */
export function drawFoot(svg: SvgWriter, rows: readonly Row[], says: string, top: number): number {
  const there = new Set(rows.flatMap(({ mark, isEnd }): readonly RowMark[] => (isEnd ? [mark, 'end'] : [mark])))
  svg.shapes([path(`M${MARGIN} ${top}H${WIDTH - MARGIN}`, { stroke: 'line2', thick: 1 })])
  let x = MARGIN
  let y = top + 20
  for (const mark of ROW_MARKS.filter((one) => there.has(one))) {
    const run = { text: MARK_NAMES[mark], ink: 'fg2', size: SIZE } as const
    const width = 21 + widthOf(run.text, run)
    if (x + width > WIDTH - MARGIN) {
      x = MARGIN
      y += PITCH
    }
    svg.shapes([moved(x, y - 8, markShapes(mark))])
    svg.text(x + 21, y + 4, [run])
    x += width + 18
  }
  y += PITCH + 2
  svg.text(MARGIN, y + 4, [{ text: says, ink: 'fg3', size: SIZE }])
  svg.text(WIDTH - MARGIN, y + 4, [{ text: 'seabus', ink: 'fg3', size: SIZE, isBold: true }], 'end')
  return y + 12
}
