import type { DrawnLane } from './lanes.ts'
import { lanePlace } from './lanes.ts'
import type { Row } from './row.ts'
import type { Visible } from './visible.ts'

/** A stretch of a lifeline in one row: from its top to the middle, from there on, or all of it. */
export interface Stretch {
  readonly lane: DrawnLane
  readonly part: 'below' | 'above' | 'whole'
}

/** A stretch between two lanes in one row. */
export interface Joint {
  readonly from: DrawnLane
  readonly to: DrawnLane
  /** It lies under an arrow, which is seen through it. */
  readonly isUnder: boolean
}

/** The causes of one entry as a line through the lanes, by index of the visible row. */
export interface Staircase {
  readonly stretches: ReadonlyMap<number, readonly Stretch[]>
  readonly joints: ReadonlyMap<number, readonly Joint[]>
}

/** `path` are the rows of it in order, `indexOf` says where each is shown. */
export function staircaseOf(
  path: readonly Row[],
  visible: readonly Visible[],
  indexOf: ReadonlyMap<number, number>
): Staircase {
  const stretches = new Map<number, Stretch[]>()
  const joints = new Map<number, Joint[]>()
  const shown = path.flatMap((row) => {
    const index = indexOf.get(row.place)
    return index === undefined ? [] : [{ row, index }]
  })
  for (const [at, { row, index }] of shown.entries()) {
    const next = shown[at + 1]
    if (isDrawn(row.to) && next !== undefined) {
      for (let y = index; y <= next.index && index !== next.index; y++) {
        add(stretches, y, { lane: row.to, part: y === index ? 'below' : y === next.index ? 'above' : 'whole' })
      }
      if (next.row.from !== row.to && isDrawn(next.row.from)) {
        add(joints, next.index, { from: row.to, to: next.row.from, isUnder: false })
      }
    }
    if (row.from === row.to || !isDrawn(row.from) || !isDrawn(row.to)) continue
    const isFolded = visible[index]?.kind === 'fold'
    add(joints, index, { from: row.from, to: row.to, isUnder: !isFolded })
  }
  return { stretches, joints }
}

const isDrawn = (lane: Row['from']): lane is DrawnLane => lanePlace(lane) !== undefined

function add<T>(map: Map<number, T[]>, key: number, value: T): void {
  const there = map.get(key)
  if (there === undefined) map.set(key, [value])
  else there.push(value)
}
