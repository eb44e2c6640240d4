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

/** What SQLite says of a file that it cannot read, and what it says when nothing is wrong with the file. */
const SQLITE = { corrupt: 11, notADatabase: 26 } as const

/** Whether an error of SQLite says that the file itself is broken. */
export function isBroken(error: unknown): boolean {
  const { errcode, code } = error as { errcode?: number; code?: string }
  // A number that no number of ours can be: it was not written so.
  if (code === 'ERR_OUT_OF_RANGE') return true
  const primary = (errcode ?? 0) & 0xff
  return primary === SQLITE.corrupt || primary === SQLITE.notADatabase
}
