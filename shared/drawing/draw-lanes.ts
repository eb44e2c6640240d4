import { LANE_HEADS } from '../rows/lanes.ts'
import type { Staircase } from '../rows/staircase.ts'
import { MARGIN, WIDTH } from './run-picture.ts'
import { laneX } from './lanes-of-picture.ts'
import { path } from './shape.ts'
import type { SvgWriter } from './svg-writer.ts'

export const HEADS_HEIGHT = 40

/** What each lane is. */
export function drawLaneHeads(svg: SvgWriter, top: number): void {
  for (const { lane, name, under } of LANE_HEADS) {
    svg.text(laneX(lane), top + 14, [{ text: name, ink: 'fg', size: 12.5, isBold: true }], 'middle')
    if (under !== '') svg.text(laneX(lane), top + 29, [{ text: under, ink: 'fg3', size: 11 }], 'middle')
  }
  const y = top + HEADS_HEIGHT - 1
  svg.shapes([path(`M${MARGIN} ${y}H${WIDTH - MARGIN}`, { stroke: 'line2', thick: 1 })])
}

/** A line a lane, dotted from where its owner has ended; `ends` are px from the top by lane. */
export function drawLifelines(svg: SvgWriter, top: number, bottom: number, ends: ReadonlyMap<string, number>): void {
  for (const { lane } of LANE_HEADS) {
    const end = ends.get(lane)
    const x = laneX(lane)
    const life = { stroke: 'line2', thick: 1 } as const
    svg.shapes([path(`M${x} ${top}V${end ?? bottom}`, life)])
    if (end !== undefined && end < bottom) svg.shapes([path(`M${x} ${end}V${bottom}`, { ...life, dash: '1.5 5' })])
  }
}

/** The line of causes through the lanes; `offsets` are where rows begin, in px. */
export function drawStaircase(svg: SvgWriter, { stretches, joints }: Staircase, offsets: ArrayLike<number>): void {
  const stair = { stroke: 'accent', thick: 3, opacity: 0.5 } as const
  const span = (index: number) => {
    const [top = 0, bottom = top] = [offsets[index], offsets[index + 1]]
    return { top, bottom, middle: (top + bottom) / 2 }
  }
  for (const [index, parts] of stretches) {
    const { top, bottom, middle } = span(index)
    for (const { lane, part } of parts) {
      const [from, to] = [part === 'below' ? middle : top, part === 'above' ? middle : bottom]
      svg.shapes([path(`M${laneX(lane)} ${from}V${to}`, stair)])
    }
  }
  for (const [index, parts] of joints) {
    const { middle } = span(index)
    for (const { from, to, isUnder } of parts) {
      const inks = isUnder ? { ...stair, thick: 5, opacity: 0.18 } : stair
      svg.shapes([path(`M${laneX(from)} ${middle}H${laneX(to)}`, inks)])
    }
  }
}
