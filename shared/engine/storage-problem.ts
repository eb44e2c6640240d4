import { problem, type Problem } from '../contracts/problem.ts'

/** SQLite's SQLITE_FULL, and what the system calls the same. */
const SQLITE_FULL = 13
const NO_ROOM = new Set(['ENOSPC', 'EDQUOT'])

/** What is said to whoever sent something that a store could not keep. */
export function storageProblem(error: unknown): Problem {
  const { errcode, code, message } = error as { errcode?: number; code?: string; message?: string }
  const isFull = errcode === SQLITE_FULL || NO_ROOM.has(code ?? '')
  return isFull
    ? problem('storage-full', 'there is no room to keep it')
    : problem('storage-failed', `it cannot be kept: ${message ?? String(error)}`)
}
