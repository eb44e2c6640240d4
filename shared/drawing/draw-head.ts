import { CELLS, shownCell, type Cell } from '../rows/cells.ts'
import { begun, capital } from '../rows/saying.ts'
import type { Phrase } from '../story/phrase.ts'
import type { VerdictSentence } from '../story/verdict-sentence.ts'
import { outcomeShapes } from './outcome-shapes.ts'
import { cellInks } from './palette.ts'
import { kernelsText, MARGIN, WIDTH, type PicturedRun } from './run-picture.ts'
import { moved, rect } from './shape.ts'
import type { SvgWriter } from './svg-writer.ts'
import { fittedLine, wrapped, type Run } from './text-line.ts'
import { widthOf } from './text-width.ts'

const LEFT = MARGIN + 20
const ROOM = WIDTH - LEFT - MARGIN
const SENTENCE = 22
const LEADING = 30
const SMALL = 12.5

/** What became of the run in a sentence and a colour, and what it was run with. Returns where what follows may begin. */
export function drawHead(svg: SvgWriter, run: PicturedRun, verdict: VerdictSentence, top: number): number {
  const cell = shownCell(verdict, run.isRunning === true)
  let y = top + SENTENCE
  for (const line of wrapped(sentenceRuns(verdict.clauses), ROOM)) {
    svg.text(LEFT, y, line)
    y += LEADING
  }
  y += 1
  drawFacts(svg, run, cell, y)
  y += 12
  if (verdict.better !== undefined) {
    const better: readonly Run[] = [
      { text: 'Better: ', ink: 'fg', size: 13.5, isBold: true },
      { text: `${capital(verdict.better.text)}.`, ink: 'fg2', size: 13.5 }
    ]
    y += 6
    for (const line of wrapped(better, ROOM)) {
      svg.text(LEFT, y + 13.5, line)
      y += 20
    }
  }
  const bar = cell === undefined ? 'line2' : cellInks(cell).ground
  svg.shapes([rect(MARGIN, top, 5, y - top, { fill: bar }, 2.5)])
  return y
}

/** Who only goes on is said in a lower voice. */
function sentenceRuns(clauses: readonly Phrase[]): readonly Run[] {
  return clauses.flatMap((clause, index) => {
    const isQuiet = clause.some(({ role }) => role === 'survivor') && !clause.some(({ role }) => role === 'victim')
    const end = index < clauses.length - 1 ? '; ' : '.'
    const runs = clause.map(({ text, role }, nth): Run => {
      const isBold = role === 'victim' || role === 'cause' || role === 'told'
      const says = index === 0 && nth === 0 ? begun(text) : text
      return { text: says, ink: isQuiet && !isBold ? 'fg2' : 'fg', size: SENTENCE, isBold }
    })
    return [...runs, { text: end, ink: isQuiet ? 'fg2' : 'fg', size: SENTENCE } satisfies Run]
  })
}

function drawFacts(svg: SvgWriter, run: PicturedRun, cell: Cell | undefined, y: number): void {
  const { name, policy, vmm, expected, isRunning = false, hasFailed = false } = run
  let x = LEFT
  if (cell !== undefined) x += drawTag(svg, cell, x, y) + 12
  const fact = (what: string, value: string | undefined): readonly Run[] =>
    value === undefined
      ? []
      : [
          { text: `${what} `, ink: 'fg3', size: SMALL, gap: 14 },
          { text: value, ink: 'fg2', size: SMALL, isBold: true }
        ]
  const met: readonly Run[] =
    expected === undefined
      ? []
      : [
          expected.met
            ? { text: '✓ as the file expects', ink: 'ok', size: SMALL, isBold: true, gap: 14 }
            : { text: '✕ not as the file expects', ink: 'bad', size: SMALL, isBold: true, gap: 14 }
        ]
  const facts: readonly Run[] = [
    { text: name, ink: 'fg2', size: SMALL },
    ...fact('policy', policy),
    ...fact('VMM', vmm),
    ...fact('Linux', kernelsText(run)),
    ...(isRunning
      ? [{ text: hasFailed ? 'did not come to an end' : 'under way', ink: 'fg3', size: SMALL, gap: 14 } satisfies Run]
      : met)
  ]
  svg.text(x, y + 4, fittedLine(facts, WIDTH - x - MARGIN))
}

/** Returns how wide it is. */
function drawTag(svg: SvgWriter, cell: Cell, x: number, y: number): number {
  const { ground, text } = cellInks(cell)
  const run: Run = { text: CELLS[cell].name, ink: text, size: SMALL, isBold: true }
  const width = 34 + widthOf(run.text, run)
  svg.shapes([rect(x, y - 11, width, 22, { fill: ground }, 4), moved(x + 6, y - 8, outcomeShapes(cell, text, ground))])
  svg.text(x + 27, y + 4.4, [run])
  return width
}
