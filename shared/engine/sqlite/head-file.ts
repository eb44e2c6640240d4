import { closeSync, openSync, readFileSync, writeSync } from 'node:fs'
import { digestOf } from '../digest.ts'
import type { Head } from './ledger.ts'

/**
 * What the database of a layer held after its last write, in a small file beside it: `<layer>.head`. SQLite drops the end of
 * a damaged write-ahead log without a word, so only something outside of the database can tell that it is missing. It is
 * written after each commit, in place and without fsync: a crash in between leaves the database ahead, which is fine.
 */
export interface HeadFile {
  write(head: Head): void
  /** Why it is not up to date; undefined when it is. */
  trouble(): string | undefined
  close(): void
}

/** Which database it belongs to, and its head. */
export interface Beside extends Head {
  readonly store: string
}

/** Longer than any head, so that writing it again covers all of the one before and needs no room on the disk. */
const BYTES = 512

/** What it says, as JSON, and a digest of that. */
function line({ store, commits, seq, rows, time, accounts, last, lost }: Beside): string {
  const said = JSON.stringify({ store, commits, seq, rows, time, accounts, last, lost })
  return `${said} ${digestOf(said)}`.padEnd(BYTES - 1) + '\n'
}

/** What the file says; undefined when there is none, 'unreadable' when it is not as it was written. */
export function readHeadFile(path: string): Beside | undefined | 'unreadable' {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  try {
    const said = JSON.parse(text.slice(0, text.indexOf('}') + 1)) as Beside
    return line(said) === text ? said : 'unreadable'
  } catch {
    return 'unreadable'
  }
}

/** Opens the file for writing; makes it when it is not there. */
export function openHeadFile(path: string, store: string): HeadFile {
  const file = openSync(path, 'a+')
  closeSync(file)
  const place = openSync(path, 'r+')
  let trouble: string | undefined
  return {
    write(head) {
      try {
        writeSync(place, line({ store, ...head }), 0)
        trouble = undefined
      } catch (error) {
        // The commit has happened, and the database being ahead does no harm: it is only told.
        trouble = `${path} cannot be written: ${(error as Error).message}`
      }
    },
    trouble: () => trouble,
    close: () => closeSync(place)
  }
}
