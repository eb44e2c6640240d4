import { decidingRow, pathTo } from '../rows/causes.ts'
import { endedLanes } from '../rows/ended.ts'
import { offsetsOf, WIDE } from '../rows/heights.ts'
import { RunModel } from '../rows/run-model.ts'
import { staircaseOf } from '../rows/staircase.ts'
import { jumpBetween, jumpFrom } from '../rows/time.ts'
import { indexOfPlaces, placeAbove, visibleRows, type Visible } from '../rows/visible.ts'
import { hopsOf } from '../story/hops.ts'
import { statesOf } from '../story/states.ts'
import { verdictSentence } from '../story/verdict-sentence.ts'
import { drawFoot } from './draw-foot.ts'
import { drawHead } from './draw-head.ts'
import { drawLaneHeads, drawLifelines, drawStaircase, HEADS_HEIGHT } from './draw-lanes.ts'
import { drawFold, drawGround, drawRow, type Fold } from './draw-rows.ts'
import { drawTold, wordsOf } from './draw-told.ts'
import { MARGIN, WIDTH, type PicturedRun } from './run-picture.ts'
import { path } from './shape.ts'
import { SvgWriter, type Theme } from './svg-writer.ts'

/** So many rows are drawn, the first and the last of them; programs refuse a picture that is too high. */
const MOST_ROWS = 240
const LAST_ROWS = 60

/**
 * The story of a run as an SVG file: what became of it, who was told, and its messages as arrows between the lanes in causal
 * order, with the marks and folds of the page. The same run gives the same bytes. It needs no other file and no script; its
 * texts are texts.
 */
export function runSvg(run: PicturedRun, { theme = 'auto' }: { readonly theme?: Theme } = {}): string {
  const { journal, name, isRunning = false } = run
  const svg = new SvgWriter(theme)
  svg.shapes([{ tag: 'rect', at: { width: '100%', height: '100%' }, fill: 'surface' }])
  const states = statesOf(journal)
  const verdict = verdictSentence(journal, { states, isRunning })
  const hops = hopsOf(journal, states)
  let y = drawHead(svg, run, verdict, MARGIN) + 22
  if (hops.length > 0) {
    svg.shapes([path(`M${MARGIN} ${y}H${WIDTH - MARGIN}`, { stroke: 'line', thick: 1 })])
    y = drawTold(svg, hops, y + 18)
  }
  const told = hops.map((hop, index) => `${index + 1}. ${wordsOf(hop)}`)
  return svg.file({
    width: WIDTH,
    height: drawTrace(svg, new RunModel(journal), run.hasVirtualTime === true, y) + MARGIN - 12,
    title: `${name}: ${verdict.text}`,
    description: told.length === 0 ? 'Nobody was told of an error.' : `Who was told, in order: ${told.join('; ')}.`
  })
}

/** Lanes, rows, and what their marks mean. Returns how far they reach. */
function drawTrace(svg: SvgWriter, run: RunModel, isVirtual: boolean, top: number): number {
  const { rows: visible, cut } = shownOf(run)
  const indexOf = indexOfPlaces(visible)
  const begin = top + HEADS_HEIGHT
  const offsets = offsetsOf(visible, WIDE).map((offset) => begin + offset)
  const middleOf = (index: number) => ((offsets[index] ?? begin) + (offsets[index + 1] ?? begin)) / 2
  const bottom = offsets.at(-1) ?? begin
  const onPath = pathTo(run, decidingRow(run))
  const causes = run.rows.filter(({ place, level }) => onPath.has(place) && level !== 'boot')
  const ends = [...endedLanes(run.rows, Infinity)].map(
    ([lane, place]) => [lane, middleOf(indexOf.get(place) ?? 0)] as const
  )
  const least = jumpFrom(run.rows, Math.min(run.bootEnd, Math.max(1, run.length)), isVirtual)

  drawLaneHeads(svg, top)
  for (const [index, one] of visible.entries())
    drawGround(svg, one, offsets[index] ?? begin, offsets[index + 1] ?? begin)
  drawLifelines(svg, begin, bottom, new Map(ends))
  drawStaircase(svg, staircaseOf(causes, visible, indexOf), offsets)
  for (const [index, one] of visible.entries()) {
    if (one.kind === 'fold') drawFold(svg, one, middleOf(index), one === cut ? cutText(one) : undefined)
    else {
      const { place } = one.row
      const jump = jumpBetween(run.rows, placeAbove(visible, index) ?? place, place, isVirtual)
      drawRow(svg, run, one.row, {
        middle: middleOf(index),
        isOnPath: onPath.has(place),
        jump: jump < least ? undefined : jump
      })
    }
  }
  const drawn = visible.flatMap((one) => (one.kind === 'row' ? [one.row] : []))
  return drawFoot(
    svg,
    drawn,
    `${drawn.length} of ${run.length} entries; the others are folded, and counted with a +`,
    bottom + 8
  )
}

/** What the page shows of a story at first; of a very long one its beginning and its end, and what lies between as one row. */
function shownOf(run: RunModel): { readonly rows: readonly Visible[]; readonly cut?: Fold } {
  const all = visibleRows(run, { everything: false, open: new Set(), selected: undefined })
  if (all.length <= MOST_ROWS) return { rows: all }
  const [first, last] = [MOST_ROWS - LAST_ROWS, all.length - LAST_ROWS]
  const rows = all.slice(first, last).flatMap((one) => (one.kind === 'row' ? [one.row] : one.rows))
  const cut: Fold = { kind: 'fold', key: rows[0]?.place ?? 0, rows, why: 'rounds', times: 0, isOpen: false }
  return { rows: [...all.slice(0, first), cut, ...all.slice(last)], cut }
}

const cutText = ({ rows }: Fold) => `Too much for a picture: ${rows.length} entries are left out here`
