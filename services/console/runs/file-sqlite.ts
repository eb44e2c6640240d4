import { hash } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { digestOf, minus, plus } from '../../../shared/engine/digest.ts'
import { isBroken, StoreDamage } from '../../../shared/engine/sqlite/damage.ts'
import { reading } from '../../../shared/engine/sqlite/read.ts'
import { capSize } from '../../../shared/engine/sqlite/tables.ts'
import { WalAside } from '../../../shared/engine/sqlite/wal-aside.ts'
import type { Packed, RunSummary } from './kept-run.ts'
import type { RunFile } from './shelf.ts'

/** The file of a data directory in which the console keeps runs. */
export const RUN_FILE = 'console.sqlite'

/** Raised when the tables change; a file of another version is refused. */
export const VERSION = 1

const TABLES = `
  CREATE TABLE runs (
    place INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, summary TEXT NOT NULL, details BLOB NOT NULL,
    journal BLOB NOT NULL, sum INTEGER NOT NULL
  );
  CREATE TABLE head (id INTEGER PRIMARY KEY CHECK (id = 1), runs INTEGER NOT NULL, sums INTEGER NOT NULL, sum INTEGER NOT NULL);
`

/** A run as it lies in the file. */
export interface RunRow extends Packed {
  /** Its place in the order in which runs began. */
  readonly place: number
  readonly id: string
  /** JSON. */
  readonly summary: string
  readonly sum: number
}

/** How many runs there are, and the sum of their sums. */
export interface RunHead {
  readonly runs: number
  readonly sums: number
}

const bytesDigest = (bytes: Uint8Array) => hash('sha256', bytes)

export const sumOfRun = ({ place, id, summary, details, journal }: Omit<RunRow, 'sum'>): number =>
  digestOf([place, id, summary, bytesDigest(details), bytesDigest(journal)].join('\n'))

const sumOfHead = ({ runs, sums }: RunHead) => digestOf(`${runs}\n${sums}`)

/**
 * Runs in one SQLite file, `<directory>/console.sqlite`; with WAL and synchronous NORMAL, so that what was kept survives
 * the end of the process. Throws StoreDamage when it is not as it was written, another error when it cannot be used.
 */
export function sqliteRunFile(directory: string, maxBytes?: number): RunFile {
  mkdirSync(directory, { recursive: true })
  const file = join(directory, RUN_FILE)
  const walAside = new WalAside(file)
  const db = new DatabaseSync(file)
  try {
    const found = reading(file, () => opened(db, file, maxBytes))
    walAside.forget()
    return found
  } catch (error) {
    db.close()
    if (error instanceof StoreDamage) walAside.putBack()
    else walAside.forget()
    throw error
  }
}

function opened(db: DatabaseSync, file: string, maxBytes: number | undefined): RunFile {
  db.exec('PRAGMA locking_mode = EXCLUSIVE')
  const version = versionOf(db)
  if (version !== undefined && version !== VERSION) throw new Error(refusal(file, version))
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = normal')
  capSize(db, maxBytes)
  if (version === undefined) {
    const head = `INSERT INTO head VALUES (1, 0, 0, ${sumOfHead({ runs: 0, sums: 0 })});`
    db.exec(`BEGIN; ${TABLES} ${head} PRAGMA user_version = ${VERSION}; COMMIT`)
  }
  const { rows, head, damages } = examineRuns(db)
  const [first] = damages
  if (first !== undefined) throw new StoreDamage(file, first)
  return new SqliteRunFile(db, rows, head)
}

/** The version of a file's tables; undefined when nothing is in it. */
export function versionOf(db: DatabaseSync): number | undefined {
  if (db.prepare('SELECT count(*) AS n FROM sqlite_schema').get()?.['n'] === 0) return undefined
  return Number(db.prepare('PRAGMA user_version').get()?.['user_version'])
}

export const refusal = (file: string, version: number): string =>
  `${file} has tables of version ${version}, and this seabus has ${VERSION}; the file is left as it is: name another ` +
  'directory, or run the seabus that wrote it'

export interface ExaminedRuns {
  /** What is sound, in its order. */
  readonly rows: readonly (Omit<RunRow, keyof Packed> & { readonly bytes: number })[]
  readonly head: RunHead
  /** What is wrong; nothing when all is sound. */
  readonly damages: readonly string[]
}

/** Holds every run against what is written of it, and all against the head. */
export function examineRuns(db: DatabaseSync): ExaminedRuns {
  const damages: string[] = []
  const rows: ExaminedRuns['rows'][number][] = []
  let head: RunHead = { runs: 0, sums: 0 }
  let sums = 0
  try {
    for (const found of db.prepare('SELECT * FROM runs ORDER BY place').iterate()) {
      const row = found as unknown as RunRow
      if (!isWhole(row)) {
        damages.push(`the run ${String(row.id)} is not as it was written`)
        continue
      }
      const { details, journal, ...rest } = row
      rows.push({ ...rest, bytes: details.length + journal.length })
      sums = plus(sums, row.sum)
    }
    const kept = db.prepare('SELECT runs, sums, sum FROM head').get() as (RunHead & { sum: number }) | undefined
    if (kept === undefined || sumOfHead(kept) !== kept.sum) damages.push('its head is not as it was written')
    else head = { runs: kept.runs, sums: kept.sums }
  } catch (error) {
    if (!isBroken(error)) throw error
    damages.push(`SQLite says "${(error as Error).message}"`)
  }
  if (damages.length === 0 && (head.runs !== rows.length || head.sums !== sums)) {
    damages.push(`it holds ${rows.length} runs of ${head.runs}, or another in place of one`)
  }
  return { rows, head, damages }
}

function isWhole(row: RunRow): boolean {
  if (!(row.details instanceof Uint8Array) || !(row.journal instanceof Uint8Array)) return false
  return sumOfRun(row) === row.sum
}

class SqliteRunFile implements RunFile {
  readonly kept: RunFile['kept']
  readonly #db: DatabaseSync
  readonly #places = new Map<string, { readonly place: number; readonly sum: number }>()
  #head: RunHead
  #last: number

  constructor(db: DatabaseSync, rows: ExaminedRuns['rows'], head: RunHead) {
    this.#db = db
    this.#head = head
    this.#last = rows.at(-1)?.place ?? 0
    for (const { id, place, sum } of rows) this.#places.set(id, { place, sum })
    this.kept = rows.map(({ summary, bytes }) => ({ summary: JSON.parse(summary) as RunSummary, bytes }))
  }

  write(run: Parameters<RunFile['write']>[0], gone: readonly string[]): void {
    const changes = this.#changes(run, gone)
    this.#db.exec('BEGIN')
    try {
      for (const id of gone) this.#db.prepare('DELETE FROM runs WHERE id = ?').run(id)
      if (changes.row !== undefined) {
        const { place, id, summary, details, journal, sum } = changes.row
        const put = this.#db.prepare('INSERT OR REPLACE INTO runs VALUES (?, ?, ?, ?, ?, ?)')
        put.run(place, id, summary, details, journal, sum)
      }
      const { runs, sums } = changes.head
      this.#db.prepare('UPDATE head SET runs = ?, sums = ?, sum = ?').run(runs, sums, sumOfHead(changes.head))
      this.#db.exec('COMMIT')
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK')
      throw error
    }
    this.#head = changes.head
    for (const id of gone) this.#places.delete(id)
    if (changes.row === undefined) return
    const { id, place, sum } = changes.row
    this.#places.set(id, { place, sum })
    this.#last = Math.max(this.#last, place)
  }

  read(id: string): Packed | undefined {
    const row = this.#db.prepare('SELECT details, journal FROM runs WHERE id = ?').get(id)
    return row as Packed | undefined
  }

  close(): void {
    this.#db.close()
  }

  /** What a write makes of the head, and the row that it puts. */
  #changes(run: Parameters<RunFile['write']>[0], gone: readonly string[]) {
    let { runs, sums } = this.#head
    for (const id of gone) {
      const known = this.#places.get(id)
      if (known === undefined) continue
      runs--
      sums = minus(sums, known.sum)
    }
    if (run === undefined) return { head: { runs, sums }, row: undefined }
    const { id } = run.summary
    const known = this.#places.get(id)
    const whole = { place: known?.place ?? this.#last + 1, id, summary: JSON.stringify(run.summary), ...run.packed }
    const row = { ...whole, sum: sumOfRun(whole) }
    if (known === undefined) runs++
    sums = plus(minus(sums, known?.sum ?? 0), row.sum)
    return { head: { runs, sums }, row }
  }
}
