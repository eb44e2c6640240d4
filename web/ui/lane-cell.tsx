import { rowShapes } from '../../shared/drawing/row-shapes.ts'
import { LANE_HEADS, lanePlace } from '../../shared/rows/lanes.ts'
import type { Row } from '../../shared/rows/row.ts'
import type { Joint, Stretch } from '../../shared/rows/staircase.ts'
import { Shapes } from './shapes.tsx'

export interface LaneCellProps {
  /** Absent for a fold. */
  readonly row?: Row | undefined
  readonly laneWidth: number
  readonly height: number
  readonly stretches: readonly Stretch[]
  readonly joints: readonly Joint[]
  /** It has not happened yet at the moment that is shown. */
  readonly isFuture: boolean
  /** It is neither cause nor effect of what is selected. */
  readonly isAside: boolean
  /** Where the row is, by the place of its first entry. */
  readonly place: number
  /** Where each lane's owner has ended, by lane. */
  readonly ended: ReadonlyMap<string, number>
}

/** The lanes of one row: lifelines, the line of causes, and the mark of the row itself. */
export function LaneCell(props: LaneCellProps) {
  const { row, laneWidth, height, stretches, joints, isFuture, isAside, place, ended } = props
  const middle = height / 2
  const x = (lane: Row['from']) => ((lanePlace(lane) ?? -1) + 0.5) * laneWidth
  const isOver = (lane: string) => (ended.get(lane) ?? Infinity) < place
  return (
    <svg class="lanes" width={laneWidth * LANE_HEADS.length} height={height} aria-hidden="true">
      {LANE_HEADS.map(({ lane }) => (
        <line key={lane} class={isOver(lane) ? 'life over' : 'life'} x1={x(lane)} x2={x(lane)} y1={0} y2={height} />
      ))}
      {!isFuture &&
        stretches.map(({ lane, part }, index) => (
          <line
            key={`s${index}`}
            class="stair"
            x1={x(lane)}
            x2={x(lane)}
            y1={part === 'below' ? middle : 0}
            y2={part === 'above' ? middle : height}
          />
        ))}
      {!isFuture &&
        joints.map(({ from, to, isUnder }, index) => (
          <line
            key={`j${index}`}
            class={isUnder ? 'stair under' : 'stair'}
            x1={x(from)}
            x2={x(to)}
            y1={middle}
            y2={middle}
          />
        ))}
      {row !== undefined && !isFuture && (
        <g class={isAside ? 'aside' : undefined}>
          <Shapes shapes={rowShapes(row, x, middle)} />
        </g>
      )}
    </svg>
  )
}
