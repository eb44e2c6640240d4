import { addressOf, lookOf } from '../rows/hop-look.ts'
import type { Hop } from '../story/hops.ts'
import { markShapes } from './mark-shapes.ts'
import { MARGIN, WIDTH } from './run-picture.ts'
import { moved, path } from './shape.ts'
import type { SvgWriter } from './svg-writer.ts'
import { fittedLine, lineWidth, type Run } from './text-line.ts'

/** So many are drawn; a run with more of them repeats itself. */
const MOST = 32
const ICON = 24
const GAP = 24
const PITCH = 62
/** What is wider is cut. */
const WIDEST = 236
const ROOM = WIDTH - 2 * MARGIN

/** Who was told, in order, by what and with which address. Returns where what follows may begin. */
export function drawTold(svg: SvgWriter, hops: readonly Hop[], top: number): number {
  const shown = hops.slice(0, MOST)
  const told = shown.map(linesOf)
  const columns = columnsFor(told.map((lines) => Math.min(WIDEST, ICON + Math.max(...lines.map(lineWidth)) + GAP)))
  const perRow = Math.max(1, columns.length)
  const lefts = columns.map((_, index) => MARGIN + columns.slice(0, index).reduce((sum, width) => sum + width, 0))
  for (const [index, hop] of shown.entries()) {
    const [x = MARGIN, width = ROOM] = [lefts[index % perRow], columns[index % perRow]]
    const y = top + Math.floor(index / perRow) * PITCH
    svg.group(wordsOf(hop), () => {
      svg.shapes([moved(x, y, markShapes(lookOf(hop).mark))])
      for (const [nth, line] of (told[index] ?? []).entries()) {
        svg.text(x + ICON, y + 12 + nth * 16, fittedLine(line, width - ICON - GAP / 2))
      }
    })
    if (index === shown.length - 1) continue
    svg.shapes([path(`M${x + width - 15} ${y + 19}l4 4-4 4`, { stroke: 'fg3', thick: 1.4, joins: 'round' })])
  }
  const bottom = top + Math.ceil(shown.length / perRow) * PITCH
  if (hops.length === shown.length) return bottom
  svg.text(MARGIN + ICON, bottom + 4, [{ text: `and ${hops.length - MOST} more`, ink: 'fg3', size: 12 }])
  return bottom + 20
}

/** As few rows as there can be, of about the same length, in columns. Gives the widths of the columns, all the room taken. */
function columnsFor(widths: readonly number[]): readonly number[] {
  for (let rows = 1; rows <= widths.length; rows++) {
    const count = Math.ceil(widths.length / rows)
    const columns = Array.from({ length: count }, (_, column) =>
      Math.max(...widths.filter((_, index) => index % count === column))
    )
    const rest = ROOM - columns.reduce((sum, width) => sum + width, 0)
    if (rest >= 0) return columns.map((width) => width + Math.min(rest / count, 56))
  }
  return widths.slice(0, 1)
}

/** A hop as one line of text. */
export function wordsOf(hop: Hop): string {
  const { by, whom, isFatal, entries } = hop
  const times = entries.length > 1 ? ` (${entries.length} times)` : ''
  const address = addressOf(hop)
  const at = address === undefined ? '' : ` at ${address}`
  const { mark, whom: where } = lookOf(hop)
  if (mark === 'end') return `${whom}: ${by}${times}`
  if (mark === 'decision') return `${where}: ${by}${times}`
  return `${by}${times} ${where.startsWith('→') ? `to ${whom}` : where}${at}${isFatal ? ', fatal' : ''}`
}

function linesOf(hop: Hop): readonly (readonly Run[])[] {
  const { by, entries } = hop
  const { mark, whom } = lookOf(hop)
  const address = addressOf(hop) ?? (mark === 'end' ? '' : 'no address')
  return [
    [
      { text: by.replace(/^an? /, ''), ink: 'fg', size: 13, isBold: true },
      ...(entries.length > 1 ? [{ text: ` ×${entries.length}`, ink: 'fg3', size: 12 } satisfies Run] : [])
    ],
    [{ text: whom, ink: 'fg2', size: 12 }],
    ...(address === '' ? [] : [[{ text: address, ink: 'fg3', size: 11.5, isMono: true } satisfies Run]])
  ]
}
