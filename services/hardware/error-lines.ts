import { PAGE_SHIFT, pageOf, pageRuns, pageValue, setPages } from '../../shared/sparse/page-map.ts'
import { LINE_SIZE, type HardwareState, type LineError } from './state.ts'

/** First address of the line that holds an address. */
export function lineOf(hostPhysical: bigint): bigint {
  return hostPhysical & ~(LINE_SIZE - 1n)
}

/** Whether a line holds bad data: it was hit by an error that was not corrected. */
export function isPoison(error: LineError): boolean {
  return error.severity !== 'corrected'
}

/** The error in the line of an address, if there is one. */
export function errorAt(state: HardwareState, hostPhysical: bigint): LineError | undefined {
  const line = lineOf(hostPhysical)
  return pageValue(state.errors, pageOf(line))?.lines.find((error) => error.hostPhysical === line)
}

/** How many lines hold an error. */
export function errorLines({ poisonedLines, correctedLines = 0 }: HardwareState): number {
  return poisonedLines + correctedLines
}

/** Puts an error into its line, in place of one that is there. */
export function withError(state: HardwareState, error: LineError): HardwareState {
  const others = linesBut(state, error.hostPhysical)
  const lines = [...others, error].sort((a, b) => (a.hostPhysical < b.hostPhysical ? -1 : 1))
  return change(state, error.hostPhysical, lines, error)
}

/** The line of this address holds good data. */
export function withoutError(state: HardwareState, hostPhysical: bigint): HardwareState {
  const line = lineOf(hostPhysical)
  if (errorAt(state, line) === undefined) return state
  return change(state, line, linesBut(state, line), undefined)
}

/** Errors in `[start, end)`, by address. */
export function errorsIn(state: HardwareState, start: bigint, end: bigint): readonly LineError[] {
  const lastPage = pageOf(end + (1n << PAGE_SHIFT) - 1n)
  return pageRuns(state.errors, pageOf(start), lastPage)
    .flatMap(({ value }) => value.lines)
    .filter(({ hostPhysical }) => hostPhysical >= lineOf(start) && hostPhysical < end)
}

function linesBut(state: HardwareState, line: bigint): readonly LineError[] {
  const page = pageValue(state.errors, pageOf(line))
  return page === undefined ? [] : page.lines.filter(({ hostPhysical }) => hostPhysical !== line)
}

function change(
  { correctedLines = 0, ...state }: HardwareState,
  line: bigint,
  lines: readonly LineError[],
  error: LineError | undefined
): HardwareState {
  const before = errorAt(state, line)
  const page = pageOf(line)
  const corrected = correctedLines + count(error, false) - count(before, false)
  return {
    ...state,
    errors: setPages(state.errors, page, page + 1, lines.length === 0 ? undefined : { lines }),
    poisonedLines: state.poisonedLines + count(error, true) - count(before, true),
    ...(corrected > 0 ? { correctedLines: corrected } : {})
  }
}

function count(error: LineError | undefined, poison: boolean): number {
  return error !== undefined && isPoison(error) === poison ? 1 : 0
}
