import { laneName } from '../../shared/rows/lanes.ts'
import { isSmall } from '../../shared/rows/heights.ts'
import { MARK_NAMES, type Row } from '../../shared/rows/row.ts'
import type { Joint, Stretch } from '../../shared/rows/staircase.ts'
import { jumpBetween, timeText } from '../../shared/rows/time.ts'
import { foldText, lastPlace, type Visible } from '../../shared/rows/visible.ts'
import { wordsFor } from '../../shared/rows/words.ts'
import type { OpenRun } from '../state/open-run.ts'
import { selectEntry } from '../state/selecting.ts'
import { LaneCell } from './lane-cell.tsx'

interface Placed {
  readonly run: OpenRun
  readonly index: number
  readonly top: number
  readonly height: number
  readonly laneWidth: number
  readonly stretches: readonly Stretch[]
  readonly joints: readonly Joint[]
  /** Where each lane's owner has ended, by lane. */
  readonly ended: ReadonlyMap<string, number>
  readonly isPhone: boolean
}

export interface TraceRowProps extends Placed {
  readonly row: Row
  readonly isWithin: boolean
  /** The place of the entry above, for how much later this is. */
  readonly above: number | undefined
}

/** One message: its number, its arrow, its words. */
export function TraceRow(props: TraceRowProps) {
  const { run, row, index, top, height, isWithin, above, ended, ...lanes } = props
  const { place, mark, from, to, level, isEnd } = row
  const { head, detail, isProse } = wordsFor(run.model, row)
  const isSelected = run.selected.value === place
  const isFuture = place > run.now.value
  const isOnPath = run.path.value.has(place)
  const under = run.under.value
  const isAside = under !== undefined && !isSelected && !isOnPath && !under.has(place)
  const classes = [
    'row',
    level === 'story' ? '' : 'detail',
    isSelected ? 'selected' : '',
    isFuture ? 'future' : '',
    isEnd ? 'death' : ''
  ]
  const parties = from === to ? laneName(to) : `${laneName(from)} to ${laneName(to)}`
  return (
    <div
      role="row"
      id={`row-${index}`}
      class={classes.filter(Boolean).join(' ')}
      style={{ top: `${top}px`, height: `${height}px` }}
      aria-level={isWithin ? 2 : 1}
      aria-rowindex={index + 1}
      aria-selected={isSelected}
      onClick={() => selectEntry(run, place)}
    >
      <span role="gridcell" class={isOnPath ? 'number cause' : 'number'}>
        {place}
      </span>
      <span role="gridcell" class="sr">
        {MARK_NAMES[mark]}, {parties}:
      </span>
      <LaneCell
        row={row}
        height={height}
        isFuture={isFuture}
        isAside={isAside}
        ended={ended}
        place={place}
        {...lanes}
      />
      <span role="gridcell" class="text">
        <b>{head}</b> <span class={isProse ? 'prose' : 'mono'}>{detail}</span>
      </span>
      <TimeJump row={row} above={above} run={run} />
    </div>
  )
}

export interface FoldRowProps extends Placed {
  readonly fold: Extract<Visible, { readonly kind: 'fold' }>
}

/** Several entries as one row; a press opens it. */
export function FoldRow({ run, fold, index, top, height, ended, ...lanes }: FoldRowProps) {
  const { rows, why, key, isOpen } = fold
  const says = foldText(fold)
  const isLittle = isSmall(fold)
  const classes = ['row', 'fold', why === 'detail' ? '' : 'band', isOpen ? 'open' : '', isLittle ? 'small' : '']
  const isFuture = lastPlace(fold) > run.now.value
  return (
    <div
      role="row"
      id={`row-${index}`}
      class={classes.filter(Boolean).join(' ')}
      style={{ top: `${top}px`, height: `${height}px` }}
      aria-level={1}
      aria-rowindex={index + 1}
      aria-expanded={isOpen}
      title={says}
      onClick={() => run.toggle(key)}
    >
      <span role="gridcell" class="number">
        {why === 'boot' ? '' : `+${rows.length}`}
      </span>
      <span role="gridcell" class="sr">
        folded
      </span>
      <LaneCell height={height} isFuture={isFuture} isAside={false} ended={ended} place={key} {...lanes} />
      <span role="gridcell" class="text">
        {isLittle && !lanes.isPhone ? <span class="sr">{says}</span> : says}
      </span>
    </div>
  )
}

/** How much was waited for between a row and what is above it, where that is worth telling. */
function TimeJump({ row, above, run }: Pick<TraceRowProps, 'row' | 'above' | 'run'>) {
  const { place } = row
  const jump = jumpBetween(run.model.rows, above ?? place, place, run.isVirtual.value)
  return jump < run.leastJump.value ? null : (
    <span role="gridcell" class="jump" title="so much later than the row above">
      +{timeText(jump)}
    </span>
  )
}
