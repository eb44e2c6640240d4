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

/** Puts an error into its line, in place of one that is there. */
export function withError(state: HardwareState, error: LineError): HardwareState {
  const others = linesBut(state, error.hostPhysical)
  const lines = [...others, error].sort((a, b) => (a.hostPhysical < b.hostPhysical ? -1 : 1))
  return change(state, error.hostPhysical, lines, isPoison(error) ? 1 : 0)
}

/** The line of this address holds good data. */
export function withoutError(state: HardwareState, hostPhysical: bigint): HardwareState {
  const line = lineOf(hostPhysical)
  if (errorAt(state, line) === undefined) return state
  return change(state, line, linesBut(state, line), 0)
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

function change(state: HardwareState, line: bigint, lines: readonly LineError[], added: number): HardwareState {
  const before = errorAt(state, line)
  const removed = before !== undefined && isPoison(before) ? 1 : 0
  const page = pageOf(line)
  return {
    ...state,
    errors: setPages(state.errors, page, page + 1, lines.length === 0 ? undefined : { lines }),
    poisonedLines: state.poisonedLines + added - removed
  }
}
