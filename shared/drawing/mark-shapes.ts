import type { RowMark } from '../rows/row.ts'
import { MARK_INKS, type Ink } from './palette.ts'
import { circle, path, rect, type Shape } from './shape.ts'

/** The drawing of a mark in a square of 16 px; no two are alike without their colours. */
export function markShapes(mark: RowMark, ink: Ink = MARK_INKS[mark]): readonly Shape[] {
  switch (mark) {
    case 'fault':
      return [
        path('M8 1.5v3M8 11.5v3M1.5 8h3M11.5 8h3M3.5 3.5l2 2M10.5 10.5l2 2M12.5 3.5l-2 2M5.5 10.5l-2 2', {
          stroke: ink,
          thick: 1.7
        }),
        circle(8, 8, 1.8, { fill: ink })
      ]
    case 'exception':
      return [path('M9.5 1 3.5 9h3.7L6 15l6.5-8.5H8.7z', { fill: ink })]
    case 'notification':
      return [
        path('M8 1.5a4 4 0 0 0-4 4v3L2.5 11v.8h11V11L12 8.5v-3a4 4 0 0 0-4-4zM6.5 13a1.6 1.6 0 0 0 3 0z', { fill: ink })
      ]
    case 'signal':
      return [path('M3.2 1.5v13M3.2 2.5h9.6l-2.5 3.3 2.5 3.3H3.2', { fill: ink, stroke: ink, thick: 1.6 })]
    case 'guest-notification':
      return [
        path('M8.5 2.5H14v11H8.5', { stroke: ink, thick: 1.7 }),
        path('M1 6.3h5V3.5L11 8l-5 4.5V9.7H1z', { fill: ink })
      ]
    case 'question':
      return [
        circle(8, 8, 6.3, { stroke: ink, thick: 1.6 }),
        path('M6 6.3a2 2 0 1 1 2.9 1.9c-.6.3-.9.6-.9 1.3M8 11.2v.6', { stroke: ink, thick: 1.6 })
      ]
    case 'decision':
      return [circle(8, 8, 7, { fill: ink }), path('m4.8 8.2 2.2 2.2 4.2-4.6', { stroke: 'surface', thick: 1.8 })]
    case 'end':
      return [path('M3.5 3.5l9 9M12.5 3.5l-9 9', { stroke: ink, thick: 2.4 })]
    case 'record':
      return [
        rect(3.5, 1.8, 9, 12.4, { stroke: ink, thick: 1.5 }, 1),
        path('M6 6h4M6 9h4', { stroke: ink, thick: 1.3 })
      ]
    case 'poison':
      return [rect(3, 3, 10, 10, { stroke: ink, thick: 1.8 }, 1.5), path('M4 12l8-8', { stroke: ink, thick: 1.6 })]
    case 'call':
      return [path('M2 8h10M9 5l3.5 3L9 11', { stroke: ink, thick: 1.3 })]
    case 'note':
      return [circle(8, 8, 3, { stroke: ink, thick: 1.5 })]
  }
}
