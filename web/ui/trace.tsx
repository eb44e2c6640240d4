import { useComputed, useSignal, type Signal } from '@preact/signals'
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import { LANE_HEADS } from '../../shared/rows/lanes.ts'
import { offsetsOf, PHONE, WIDE } from '../../shared/rows/heights.ts'
import { rowAt, scrollTo, windowOf } from '../model/layout.ts'
import { placeAbove } from '../../shared/rows/visible.ts'
import { staircaseOf } from '../../shared/rows/staircase.ts'
import type { OpenRun } from '../state/open-run.ts'
import { LaneHeads } from './lane-heads.tsx'
import { NewRows } from './new-rows.tsx'
import { PHONE_WIDTH } from './phone-width.ts'
import { FoldRow, TraceRow } from './trace-row.tsx'
import { useSize } from './use-size.ts'

/** So near to the end counts as at it, in px. */
const NEAR_END = 40

/** The messages of a run on their lanes, in causal order; only those in sight exist. */
export function Trace({ run }: { readonly run: OpenRun }) {
  const box = useRef<HTMLDivElement>(null)
  const top = useSignal(0)
  const size = useSize(box)
  const isPhone = useComputed(() => size.value.page <= PHONE_WIDTH)
  const offsets = useComputed(() => offsetsOf(run.visible.value, isPhone.value ? PHONE : WIDE))
  const laneWidth = useComputed(() => laneWidthFor(size.value.width, isPhone.value))
  const stairs = useComputed(() => {
    const path = [...run.path.value].sort((a, b) => a - b)
    const rows = path.flatMap((place) => run.model.at(place) ?? []).filter(({ level }) => level !== 'boot')
    return staircaseOf(rows, run.visible.value, run.indexOf.value)
  })
  const isAtEnd = useFollowing(run, box, top, offsets)

  const visible = run.visible.value
  const [from, to] = windowOf(offsets.value, top.value, size.value.height)
  const selectedIndex = run.selected.value === undefined ? undefined : run.indexOf.value.get(run.selected.value)
  const ended = run.ended.value
  const active = selectedIndex !== undefined && selectedIndex >= from && selectedIndex < to ? selectedIndex : undefined
  return (
    <>
      <LaneHeads laneWidth={laneWidth.value} isPhone={isPhone.value} />
      <div
        class="rows"
        id="rows"
        ref={box}
        role="treegrid"
        tabIndex={0}
        aria-label="Messages in causal order. j and k step."
        aria-readonly="true"
        aria-rowcount={visible.length}
        aria-activedescendant={active === undefined ? undefined : `row-${active}`}
        onScroll={({ currentTarget }) => (top.value = currentTarget.scrollTop)}
      >
        <div role="presentation" style={{ height: `${offsets.value.at(-1) ?? 0}px` }} />
        {visible.slice(from, to).map((one, nth) => {
          const index = from + nth
          const begins = offsets.value[index] ?? 0
          const place = {
            index,
            top: begins,
            height: (offsets.value[index + 1] ?? begins) - begins,
            laneWidth: laneWidth.value,
            stretches: stairs.value.stretches.get(index) ?? NOTHING,
            joints: stairs.value.joints.get(index) ?? NOTHING,
            ended,
            isPhone: isPhone.value
          }
          return one.kind === 'fold' ? (
            <FoldRow key={`f${one.key}`} {...place} run={run} fold={one} />
          ) : (
            <TraceRow
              key={one.row.place}
              {...place}
              run={run}
              row={one.row}
              isWithin={one.isWithin}
              above={placeAbove(visible, index)}
            />
          )
        })}
        {visible.length === 0 && run.query.value !== '' && <NoHits query={run.query.value} />}
      </div>
      <NewRows run={run} isAtEnd={isAtEnd} goToEnd={() => scrollToEnd(box.current)} />
    </>
  )
}

/** One and the same, so that a row that has not changed is not drawn again. */
const NOTHING: readonly never[] = []

const NoHits = ({ query }: { readonly query: string }) => (
  <div class="empty" role="row">
    <div role="gridcell">
      <h2>Nothing matches</h2>
      <p>
        No entry has “{query}” in its type, data or parties. <kbd>Esc</kbd> clears.
      </p>
    </div>
  </div>
)

const GUTTER = { wide: 50, phone: 36 }

function laneWidthFor(width: number, isPhone: boolean): number {
  const lanes = LANE_HEADS.length
  if (isPhone) return Math.max(12, Math.min(18, Math.floor(((width - GUTTER.phone) * 0.42) / lanes)))
  return Math.max(48, Math.min(62, Math.floor((width - GUTTER.wide - 380) / lanes)))
}

/** Keeps what is selected in sight, begins at the fault, and follows the end while one is at it. */
function useFollowing(
  run: OpenRun,
  box: { readonly current: HTMLDivElement | null },
  top: Signal<number>,
  offsets: { readonly value: Float64Array }
): Signal<boolean> {
  // A run that is under way is followed until somebody looks elsewhere.
  const isAtEnd = useSignal(run.isUnderWay.peek() && run.selected.peek() === undefined)
  const hasBegun = useRef(false)
  const { selected, version } = run
  useEffect(() => {
    const rows = box.current
    const look = () => {
      if (rows !== null) isAtEnd.value = rows.scrollTop + rows.clientHeight > rows.scrollHeight - NEAR_END
    }
    rows?.addEventListener('scroll', look, { passive: true })
    return () => rows?.removeEventListener('scroll', look)
  }, [box])
  // The place that is asked for, once it is there.
  const place = selected.value ?? (hasBegun.current || isAtEnd.peek() ? undefined : run.model.faultAt)
  const index = place === undefined ? undefined : run.indexOf.value.get(place)
  useLayoutEffect(() => {
    const rows = box.current
    if (rows === null || index === undefined) return
    const isFirst = !hasBegun.current && selected.value === undefined
    hasBegun.current = true
    const to = isFirst
      ? Math.max(0, (offsets.value[Math.max(0, index - 1)] ?? 0) - 4)
      : scrollTo(offsets.value, index, rows.scrollTop, rows.clientHeight)
    if (to !== undefined) rows.scrollTop = to
    top.value = rows.scrollTop
  }, [index, place])
  useTheMoment(run, box, top, offsets)
  useLayoutEffect(() => {
    if (!isAtEnd.peek() || run.status.value !== 'live') return
    scrollToEnd(box.current)
    hasBegun.current = true
  }, [version.value])
  return isAtEnd
}

/** Brings the moment that the slider is moved to into sight, whatever is selected. */
function useTheMoment(
  run: OpenRun,
  box: { readonly current: HTMLDivElement | null },
  top: Signal<number>,
  offsets: { readonly value: Float64Array }
): void {
  const moment = run.playhead.value
  const before = useRef(moment)
  useLayoutEffect(() => {
    const rows = box.current
    if (rows === null || before.current === moment) return
    before.current = moment
    const index = rowAt(run.visible.peek(), moment)
    if (index === undefined) return
    const to = scrollTo(offsets.value, index, rows.scrollTop, rows.clientHeight)
    if (to !== undefined) rows.scrollTop = to
    top.value = rows.scrollTop
  }, [moment])
}

function scrollToEnd(rows: HTMLElement | null): void {
  if (rows !== null) rows.scrollTop = rows.scrollHeight
}
