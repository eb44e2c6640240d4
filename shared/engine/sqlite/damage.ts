import { dirname } from 'node:path'

/** A data file that is not as it was written, or that this seabus cannot go on with. The message is for people. */
export class StoreDamage extends Error {
  override readonly name = 'StoreDamage'
  /** The file. */
  readonly file: string
  /** What is wrong with it, and from where on. */
  readonly what: string

  constructor(file: string, what: string) {
    super(
      `${file} is damaged: ${what}. Nothing in it was changed; ` +
        `"npx seabus doctor --data ${dirname(file)}" tells what is sound, and with --salvage keeps that`
    )
    this.file = file
    this.what = what
  }
}

/** What SQLite says of a file: that somebody else has it open, or that it cannot be read. */
const SQLITE = { busy: 5, corrupt: 11, notADatabase: 26 } as const

/** An extended code has what it is about in its upper bits. */
const primaryOf = (error: unknown): number => ((error as { errcode?: number }).errcode ?? 0) & 0xff

/** Whether an error of SQLite says that another process has the file open. */
export const isInUse = (error: unknown): boolean => primaryOf(error) === SQLITE.busy

/** Whether an error of SQLite says that the file itself is broken. */
export function isBroken(error: unknown): boolean {
  // A number that no number of ours can be: it was not written so.
  if ((error as { code?: string }).code === 'ERR_OUT_OF_RANGE') return true
  const primary = primaryOf(error)
  return primary === SQLITE.corrupt || primary === SQLITE.notADatabase
}
