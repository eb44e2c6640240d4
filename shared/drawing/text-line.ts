import type { Ink } from './palette.ts'
import { fitted, widthOf, type Face } from './text-width.ts'

/** Text of one face and colour within a line. */
export interface Run extends Face {
  readonly text: string
  readonly ink: Ink
  /** Px between it and what stands before it. */
  readonly gap?: number
}

export const lineWidth = (line: readonly Run[]): number =>
  line.reduce((width, run) => width + (run.gap ?? 0) + widthOf(run.text, run), 0)

/** A line cut to a width; what does not fit at all is left out. */
export function fittedLine(line: readonly Run[], width: number): readonly Run[] {
  const fits: Run[] = []
  let room = width
  for (const run of line) {
    room -= run.gap ?? 0
    const text = room > 2 * run.size ? fitted(run.text, run, room) : '…'
    fits.push({ ...run, text })
    if (text !== run.text) break
    room -= widthOf(run.text, run)
  }
  return fits
}

/** Runs as lines no wider than a width, broken between words. A word that is wider has a line of its own, and is cut. */
export function wrapped(runs: readonly Run[], width: number): readonly (readonly Run[])[] {
  const lines: Run[][] = [[]]
  let room = width
  for (const run of runs) {
    for (const word of run.text.split(/(?<=\s)/)) {
      const line = lines.at(-1) as Run[]
      const needs = widthOf(word.trimEnd(), run)
      if (needs <= room || line.length === 0) {
        append(line, { ...run, text: needs > width ? fitted(word, run, width) : word })
        room -= widthOf(word, run)
      } else {
        lines.push([{ ...run, text: word }])
        room = width - widthOf(word, run)
      }
    }
  }
  return lines
}

/** Words of one run are one text again. */
function append(line: Run[], run: Run): void {
  const last = line.at(-1)
  const isSame = last !== undefined && last.ink === run.ink && last.isBold === run.isBold && last.size === run.size
  if (isSame) line[line.length - 1] = { ...last, text: last.text + run.text }
  else line.push(run)
}
