import { mkdtempSync, rmSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'

/** A new directory below the system's, or below `TMPDIR`. */
export function newDirectory(): string {
  return mkdtempSync(join(tmpdir(), 'seabus-bench-'))
}

/** A new directory that goes with this process; one that is interrupted or killed may leave some of it behind. */
export function directoryOfProcess(): string {
  const path = newDirectory()
  process.once('exit', () => rmSync(path, { recursive: true, force: true, maxRetries: 5 }))
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => process.exit(128 + constants.signals[signal]))
  }
  return path
}
