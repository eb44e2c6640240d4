import { writtenRun, type WrittenRun } from '../../shared/drawing/written-run.ts'
import type { WireEntry } from '../../shared/trace/entry.ts'
import { nameOf, readText } from '../bytes/read-bytes.ts'
import { UsageError } from '../command.ts'

/** The journal in a file, or on standard input, as `readRun` finds it. Throws UsageError for what has none. */
export const readJournal = (file?: string): readonly WireEntry[] => readRun(file).journal

/** The run in a file, or on standard input, as `writtenRun` finds it. Throws UsageError for what has none. */
export function readRun(file?: string): WrittenRun {
  const run = writtenRun(readText(file))
  if (run === undefined) throw new UsageError(`${nameOf(file)} is no run and no journal`)
  if ('journal' in run) return run
  throw new UsageError(`${nameOf(file)} has what came of a run and not its journal, which is at ${run.journalAt}`)
}
