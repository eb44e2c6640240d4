import { LANE_HEADS, lanePlace } from '../rows/lanes.ts'
import type { Row } from '../rows/row.ts'
import { MARGIN, WIDTH } from './run-picture.ts'

const GUTTER = 46
const LANE = 64

/** Where numbers end, and where texts begin, in px. */
export const NUMBERS = MARGIN + GUTTER - 14
export const TEXTS = MARGIN + GUTTER + LANE_HEADS.length * LANE + 16
export const TEXT_ROOM = WIDTH - TEXTS - MARGIN

/** The middle of a lane, in px. */
export const laneX = (lane: Row['from']): number => MARGIN + GUTTER + ((lanePlace(lane) ?? -1) + 0.5) * LANE
