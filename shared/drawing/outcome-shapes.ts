import type { Cell } from '../rows/cells.ts'
import type { Ink } from './palette.ts'
import { circle, path, rect, type Shape } from './shape.ts'

/**
 * How far the damage reached, in a square of 16 px: the outer square is the host, the inner one the guest, the dot a process;
 * filled is dead. `within` is the ground that is seen through what is filled.
 */
export function outcomeShapes(cell: Cell, ink: Ink, within: Ink): readonly Shape[] {
  const host = rect(1, 1, 14, 14, { stroke: ink, thick: 1.1 }, 3.2)
  const guest = rect(4, 4, 8, 8, { stroke: ink, thick: 1.1 }, 1.8)
  switch (cell) {
    case 'recovered':
      return [host, guest]
    case 'process killed':
      return [host, guest, circle(8, 8, 2.1, { fill: ink })]
    case 'guest panic':
      return [host, rect(3.6, 3.6, 8.8, 8.8, { fill: ink }, 2)]
    case 'avoidable panic':
      return [host, path('M3.6 5.6a2 2 0 0 1 2-2h6.8zM12.4 5v5.4a2 2 0 0 1-2 2H5z', { fill: ink })]
    case 'VM lost':
      return [
        rect(1.6, 1.6, 12.8, 12.8, { stroke: ink, thick: 1.2 }, 2.6),
        rect(3.4, 3.4, 9.2, 9.2, { fill: ink }, 1.4),
        circle(8, 8, 1.7, { fill: within })
      ]
    case 'host panic':
      return [rect(0.5, 0.5, 15, 15, { fill: ink }, 3.6)]
    case 'livelock':
      return [host, path('M11.3 6.2A3.9 3.9 0 1 0 11.9 9M11.8 3.8v2.7H9.1', { stroke: ink, thick: 1.4 })]
    case 'nobody told':
      return [host, path('M5.9 6.3a2.1 2.1 0 1 1 3 2q-.9.5-.9 1.3M8 11.4v.2', { stroke: ink, thick: 1.5 })]
    case 'silent corruption':
      return [host, path('M4 7.2q2-2.6 4 0t4 0M4 10.4q2-2.6 4 0t4 0', { stroke: ink, thick: 1.3 })]
  }
}
