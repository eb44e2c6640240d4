import { errorLine, readScenario, type FileError } from '../../../shared/scenario/read-scenario.ts'

/** A mistake, in the words of the command line, and the characters that it is about. */
export interface Mistake {
  readonly line: string
  readonly from: number
  readonly to: number
}

/** All mistakes of a scenario, in the order of the text. `file` is what the text is called. */
export function mistakesOf(text: string, file: string): readonly Mistake[] {
  return (readScenario(text, file).errors ?? []).map((error) => {
    const from = offsetOf(text, error)
    const to = Math.min(text.length, from + error.length)
    return { line: errorLine(error), from, to }
  })
}

/** Characters before a place that is told by line and column, both from 1. */
function offsetOf(text: string, { line, column }: Pick<FileError, 'line' | 'column'>): number {
  let start = 0
  for (let at = 1; at < line; at++) {
    const end = text.indexOf('\n', start)
    if (end < 0) break
    start = end + 1
  }
  return Math.min(text.length, start + column - 1)
}
