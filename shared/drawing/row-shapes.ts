import { lanePlace } from '../rows/lanes.ts'
import type { Row } from '../rows/row.ts'
import { arrowShapes } from './arrow-shapes.ts'
import { markShapes } from './mark-shapes.ts'
import { circle, moved, path, rect, type Shape } from './shape.ts'

/** What a row draws on the lanes, with its middle at `y`; `x` says where the middle of a lane is. */
export function rowShapes(row: Row, x: (lane: Row['from']) => number, y: number): readonly Shape[] {
  const { from, to } = row
  if (lanePlace(to) === undefined) return lanePlace(from) === undefined ? [] : pointShapes(row, x(from), y)
  const comesFromOutside = lanePlace(from) === undefined
  return from === to || comesFromOutside ? pointShapes(row, x(to), y) : arrowShapes(row, x(from), x(to), y)
}

/** What happens within one lane, or comes to it from outside. */
function pointShapes({ mark, isEnd, level }: Row, x: number, y: number): readonly Shape[] {
  if (isEnd) {
    return [
      moved(x - 8, y - 8, [
        rect(0, 0, 16, 16, { fill: 'bad' }, 3),
        path('M4.5 4.5l7 7M11.5 4.5l-7 7', { stroke: 'surface', thick: 2.2 })
      ])
    ]
  }
  switch (mark) {
    case 'fault':
    case 'signal':
    case 'exception':
    case 'notification':
    case 'guest-notification':
    case 'question':
    case 'decision':
      return [moved(x - 8, y - 8, [circle(8, 8, 8.5, { fill: 'surface' }), ...markShapes(mark)])]
    case 'poison':
      return [
        rect(x - 5, y - 5, 10, 10, { fill: 'surface', stroke: 'bad', thick: 1.8 }, 1.5),
        path(`M${x - 4} ${y + 4}l8-8`, { stroke: 'bad', thick: 1.8 })
      ]
    case 'record':
      return [
        rect(x - 4, y - 5.5, 8, 11, { fill: 'surface', stroke: 'fg2', thick: 1.4 }, 1),
        path(`M${x - 2} ${y - 2}h4M${x - 2} ${y + 1}h4`, { stroke: 'fg2', thick: 1.4 })
      ]
    default: {
      const isStory = level === 'story'
      const inks = { fill: 'surface', stroke: isStory ? 'fg2' : 'call', thick: 1.6 } as const
      return [circle(x, y, isStory ? 4 : 2.5, inks)]
    }
  }
}
