import type { TextError } from '../../../shared/contracts/problem.ts'
import { errorLine, readScenario } from '../../../shared/scenario/read-scenario.ts'
import type { Offers } from './offers.ts'

/** A mistake, in the words of the command line, and the characters that it is about. */
export interface Mistake {
  /** With its place, as a terminal shows it. */
  readonly line: string
  readonly message: string
  readonly from: number
  readonly to: number
  /** What could stand there instead. */
  readonly suggestion?: string
}

/** All mistakes of a scenario, in the order of the text. `file` is what the text is called, `offers` what it is for. */
export function mistakesOf(text: string, file: string, offers?: Offers): readonly Mistake[] {
  const offered = offers && { vmms: offers.vmms.map(({ name }) => name) }
  return (readScenario(text, file, { offered }).errors ?? []).map((error) => mistakeIn(text, file, error))
}

/** A mistake that somebody found in a text. */
export function mistakeIn(text: string, file: string, error: TextError): Mistake {
  const { message, length = 1, suggestion } = error
  const from = offsetOf(text, error)
  const to = Math.min(text.length, from + length)
  const mistake = { line: errorLine({ ...error, file }), message, from, to }
  return suggestion === undefined ? mistake : { ...mistake, suggestion }
}

/** Characters before a place that is told by line and column, both from 1. */
function offsetOf(text: string, { line, column }: Pick<TextError, 'line' | 'column'>): number {
  let start = 0
  for (let at = 1; at < line; at++) {
    const end = text.indexOf('\n', start)
    if (end < 0) break
    start = end + 1
  }
  return Math.min(text.length, start + column - 1)
}
