import { existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { gunzipSync } from 'node:zlib'
import {
  examineRuns,
  refusal,
  RUN_FILE,
  sqliteRunFile,
  VERSION,
  versionOf,
  type ExaminedRuns
} from '../../services/console/runs/file-sqlite.ts'
import type { Packed, RunSummary } from '../../services/console/runs/kept-run.ts'
import { isBroken } from '../../shared/engine/sqlite/damage.ts'
import { copied, onCopy, putAside } from '../../shared/engine/sqlite/data-file.ts'

/** What is sound of the runs that a console has kept, and what is not, found without changing it. */
export interface KeptRuns {
  readonly file: string
  /** Why this seabus cannot read it, though nothing need be wrong with it. */
  readonly refusal?: string
  readonly damages: readonly string[]
  readonly rows: ExaminedRuns['rows']
}

/** Undefined when the directory has none. */
export function examineKeptRuns(directory: string): KeptRuns | undefined {
  const file = join(directory, RUN_FILE)
  if (!existsSync(file)) return undefined
  return onCopy(file, (db) => {
    try {
      const version = versionOf(db)
      if (version === undefined) return { file, damages: ['it is empty'], rows: [] }
      if (version !== VERSION) return { file, damages: [], rows: [], refusal: refusal(file, version) }
      return { file, ...examineRuns(db) }
    } catch (error) {
      if (!isBroken(error)) throw error
      return { file, damages: [`SQLite says "${(error as Error).message}"`], rows: [] }
    }
  })
}

export function keptRunsReport({ file, refusal: why, damages, rows }: KeptRuns): readonly string[] {
  if (why !== undefined) return [why]
  const last = rows.at(-1)
  const until = last === undefined ? '' : `, the last begun ${(JSON.parse(last.summary) as RunSummary).started}`
  const what = `${rows.length} runs${until}`
  if (damages.length === 0) return [`${file}: sound: ${what}`]
  return [`${file}: DAMAGED`, ...damages.map((damage) => `  ${damage}`), `  sound: ${what}`]
}

/** Writes a new file with the runs that are sound, and puts the damaged one beside it. Gives what it has done. */
export function salvageKeptRuns(directory: string, { file, rows }: KeptRuns): readonly string[] {
  const folder = mkdtempSync(join(directory, '.salvage-'))
  try {
    const anew = sqliteRunFile(folder)
    onCopy(file, (db) => {
      const read = db.prepare('SELECT details, journal FROM runs WHERE place = ?')
      for (const { place, summary } of rows) {
        const packed = read.get(place) as unknown as Packed
        anew.write({ summary: JSON.parse(summary) as RunSummary, packed }, [])
      }
    })
    anew.close()
    const original = putAside(file)
    renameSync(join(folder, RUN_FILE), file)
    return [`  salvaged: ${rows.length} runs; the damaged file is ${original} now`]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Every run as a line of JSON, sound or not as far as it can be read. */
export function* exportedRuns(directory: string): Iterable<string> {
  const file = join(directory, RUN_FILE)
  if (!existsSync(file)) return
  const { copy, remove } = copied(file)
  const db = new DatabaseSync(copy)
  try {
    for (const row of db.prepare('SELECT id, summary, details, journal FROM runs ORDER BY place').iterate()) {
      const { id, summary, details, journal } = row as unknown as Packed & { id: string; summary: string }
      const text = (bytes: Uint8Array) => gunzipSync(bytes).toString()
      yield JSON.stringify({
        run: id,
        summary,
        details: tried(() => text(details)),
        journal: tried(() => text(journal))
      })
    }
  } catch (error) {
    if (!isBroken(error)) throw error
    yield JSON.stringify({ file, broken: (error as Error).message })
  } finally {
    db.close()
    remove()
  }
}

/** What can be read; null for what cannot. */
function tried(read: () => string): string | null {
  try {
    return read()
  } catch {
    return null
  }
}
