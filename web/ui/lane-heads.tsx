import { LANE_HEADS } from '../../shared/rows/lanes.ts'

/** As wide as the longest name, with room on both sides. */
const FULL_NAMES = 60

/** What each lane is. The rows say it in words to who cannot see them. */
export function LaneHeads({ laneWidth, isPhone }: { readonly laneWidth: number; readonly isPhone: boolean }) {
  const isNarrow = laneWidth < FULL_NAMES
  return (
    <div class="lane-heads" aria-hidden="true">
      <span class="gutter" />
      {LANE_HEADS.map(({ lane, name, short, under }) => (
        <span key={lane} style={{ width: `${laneWidth}px` }}>
          <b>{isNarrow && !isPhone ? short : name}</b>
          <small>{isNarrow ? '' : under}</small>
        </span>
      ))}
    </div>
  )
}
