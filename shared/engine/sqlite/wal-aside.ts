import { copyFileSync, existsSync, linkSync, renameSync, rmSync } from 'node:fs'

/**
 * A second name for the write-ahead log that a crash left, while it is not known whether the database is sound. SQLite
 * removes the log when the file is closed, with whatever of it it could not read; a damaged file is to be left as it was.
 */
export class WalAside {
  readonly #wal: string
  readonly #aside: string

  constructor(file: string) {
    this.#wal = `${file}-wal`
    this.#aside = `${file}-wal.aside`
    rmSync(this.#aside, { force: true })
    if (!existsSync(this.#wal)) return
    try {
      // Needs no room, which there may be none of.
      linkSync(this.#wal, this.#aside)
    } catch {
      copyFileSync(this.#wal, this.#aside)
    }
  }

  /** The database is sound. */
  forget(): void {
    rmSync(this.#aside, { force: true })
  }

  /** The database has been closed, and its log is wanted again. */
  putBack(): void {
    if (existsSync(this.#aside)) renameSync(this.#aside, this.#wal)
  }
}
