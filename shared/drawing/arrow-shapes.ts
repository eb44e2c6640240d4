import { endedLane } from '../rows/ended.ts'
import type { Row } from '../rows/row.ts'
import { markShapes } from './mark-shapes.ts'
import { MARK_INKS, type Ink } from './palette.ts'
import { circle, moved, path, type Shape } from './shape.ts'

const TOOTH = 5
const TEETH = 3.4

/**
 * A message between two lanes, from and to an x in px. Its stroke and its head say of which kind it is, also without
 * colour.
 */
export function arrowShapes(row: Row, begin: number, end: number, y: number): readonly Shape[] {
  const { mark, isEnd, level } = row
  const grave = endedLane(row) === row.from ? begin : end
  const ink = MARK_INKS[mark]
  const way = Math.sign(end - begin)
  const tip = end - way * 2
  switch (mark) {
    case 'exception':
      return [
        path(`${zigzag(begin, tip, y)}L${tip - way * 6} ${y}`, { stroke: ink, thick: 1.7, joins: 'round' }),
        head(tip, way, y, 7, ink)
      ]
    case 'notification':
      return [
        path(`M${begin} ${y}H${tip - way * 7}`, { stroke: ink, thick: 2, dash: '7 4' }),
        path([13, 7].map((back) => `M${tip - way * back} ${y - 5}l${way * 6} 5l${-way * 6} 5`).join(''), {
          stroke: ink,
          thick: 1.9
        })
      ]
    case 'signal':
      return [
        path(`M${begin} ${y}H${tip - way * 8}`, { stroke: ink, thick: 2.6 }),
        path(`M${begin - 5} ${y}l5-5 5 5-5 5z`, { fill: ink }),
        ...(isEnd ? death(grave, y) : [head(tip, way, y, 8, ink)])
      ]
    case 'guest-notification':
      return [
        path(`M${begin} ${y - 2}H${tip - way * 8}M${begin} ${y + 2}H${tip - way * 8}`, { stroke: ink, thick: 1.5 }),
        head(tip, way, y, 8.5, ink)
      ]
    case 'question':
      return [
        dots(begin, end - way * 9, y, ink),
        moved(end - 8, y - 8, [circle(8, 8, 7.5, { fill: 'surface' }), ...markShapes('question')])
      ]
    case 'decision':
      return [dots(begin, tip - way * 8, y, ink), head(tip, way, y, 8, ink)]
    default: {
      const thin = { stroke: level === 'story' ? 'fg3' : 'call', thick: 1.2 } as const
      const line = `M${begin} ${y}H${tip}M${tip - way * 5} ${y - 3.5}L${tip} ${y}l${-way * 5} 3.5`
      return [path(line, thin), ...(isEnd ? death(grave, y) : [])]
    }
  }
}

function zigzag(begin: number, tip: number, y: number): string {
  const way = Math.sign(tip - begin)
  const teeth = Math.max(0, Math.floor((Math.abs(tip - begin) - 9) / TOOTH) - 1)
  let line = `M${begin} ${y}`
  for (let i = 1; i <= teeth; i++) line += `L${begin + way * i * TOOTH} ${y + (i % 2 === 1 ? -TEETH : TEETH)}`
  return line
}

const head = (tip: number, way: number, y: number, size: number, ink: Ink): Shape =>
  path(`M${tip} ${y}l${-way * size * 1.25} ${-size * 0.7}v${size * 1.4}z`, { fill: ink })

const dots = (begin: number, end: number, y: number, ink: Ink): Shape =>
  path(`M${begin} ${y}H${end}`, { stroke: ink, thick: 2, dash: '1 5', ends: 'round' })

const death = (x: number, y: number): readonly Shape[] => [
  circle(x, y, 8, { fill: 'bad' }),
  path(`M${x - 3.2} ${y - 3.2}l6.4 6.4m0-6.4l-6.4 6.4`, { stroke: 'surface', thick: 2 })
]
