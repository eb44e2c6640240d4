import { plainLines } from '../contracts/plain-text.ts'
import type { Result } from './run-scenario.ts'

/** A run whose texts may stand in a report's lines: its file and whoever answered in it may have said anything. */
export function plainResult({ journal, ...rest }: Result): Result {
  // Whoever tells of an entry makes it plain; there are thousands, and few are told.
  return { ...plainLines(rest), journal }
}
