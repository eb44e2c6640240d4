import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Layer } from '../contracts/layer.ts'
import type { StoredInput, Store } from './store.ts'

/** Marks of deliveries wait this long for other writes to share a transaction with. */
const MARKS_MS = 100
/** Raised when the tables change; a file of another version is refused. */
const VERSION = 1
/**
 * Raised in a release in which a handler may do something else on the same inputs: a history that other models wrote
 * cannot be played again. Files of seabus 0.1.0 do not say theirs, which is 1.
 */
const MODELS = 2

const TABLES = `
  CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS log (
    seq INTEGER PRIMARY KEY, form TEXT NOT NULL, machine TEXT NOT NULL, id TEXT NOT NULL, type TEXT NOT NULL,
    sender TEXT NOT NULL, cause TEXT, time INTEGER NOT NULL, data TEXT
  );
  CREATE TABLE IF NOT EXISTS delivered (
    machine TEXT NOT NULL, receiver TEXT NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (machine, receiver)
  ) WITHOUT ROWID;
`

/**
 * A store in one SQLite file, `<directory>/<layer>.sqlite`. WAL with synchronous NORMAL: what was flushed survives a
 * crash of the process, and the newest of it may not survive a loss of power. Throws when the file cannot be used.
 */
export function sqliteStore(directory: string, layer: Layer, firstEpochMs = Date.now()): Store {
  mkdirSync(directory, { recursive: true })
  const db = new DatabaseSync(join(directory, `${layer}.sqlite`))
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA locking_mode = EXCLUSIVE')
  db.exec(TABLES)
  const epochMs = epochOf(db, layer, firstEpochMs)

  const insert = db.prepare('INSERT INTO log VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?)')
  const mark = db.prepare(
    'INSERT INTO delivered VALUES (?, ?, ?) ON CONFLICT (machine, receiver) DO UPDATE SET count = excluded.count'
  )
  let rows: StoredInput[] = []
  const marks = new Map<string, { machine: string; to: Layer; count: number }>()
  let markTimer: NodeJS.Timeout | undefined

  function flush(): void {
    clearTimeout(markTimer)
    markTimer = undefined
    if (rows.length === 0 && marks.size === 0) return
    db.exec('BEGIN')
    try {
      for (const { form, machine, id, type, from, cause, time, data } of rows) {
        insert.run(form, machine, id, type, from, cause ?? null, time, JSON.stringify(data) ?? null)
      }
      for (const { machine, to, count } of marks.values()) mark.run(machine, to, count)
      db.exec('COMMIT')
    } catch (error) {
      if (db.isTransaction) db.exec('ROLLBACK')
      throw error
    }
    rows = []
    marks.clear()
  }

  /** A lost mark is only a repeat, so failing to write one is left for the next flush to report. */
  function flushMarks(): void {
    try {
      flush()
    } catch {
      markTimer = undefined
    }
  }

  return {
    epochMs,
    durable: true,
    *inputs() {
      for (const row of db.prepare('SELECT * FROM log ORDER BY seq').iterate()) {
        const { form, machine, id, type, sender: from, cause, time, data } = row as Record<string, string>
        yield {
          form: form as StoredInput['form'],
          machine: machine ?? '',
          id: id ?? '',
          type: type ?? '',
          from: from as StoredInput['from'],
          cause: cause ?? undefined,
          time: Number(time),
          data: JSON.parse(data ?? 'null') as unknown
        }
      }
    },
    *delivered() {
      for (const row of db.prepare('SELECT machine, receiver, count FROM delivered').iterate()) {
        yield { machine: String(row['machine']), to: String(row['receiver']) as Layer, count: Number(row['count']) }
      }
    },
    append: (row) => void rows.push(row),
    markDelivered(machine, to, count) {
      marks.set(`${machine} ${to}`, { machine, to, count })
      markTimer ??= setTimeout(flushMarks, MARKS_MS)
    },
    flush,
    close() {
      flush()
      db.close()
    }
  }
}

/** Writes what a new file says of itself, or throws when an old one was written by other tables or models. */
function epochOf(db: DatabaseSync, layer: Layer, firstEpochMs: number): number {
  const isNew = db.prepare('SELECT 1 FROM meta').get() === undefined
  if (isNew) {
    const insert = db.prepare('INSERT INTO meta VALUES (?, ?)')
    for (const [name, value] of Object.entries({ version: VERSION, models: MODELS, epochMs: firstEpochMs })) {
      insert.run(name, String(value))
    }
  }
  const meta = (name: string, absent: number) =>
    Number(db.prepare('SELECT value FROM meta WHERE name = ?').get(name)?.['value'] ?? absent)
  const [version, models] = [meta('version', 0), meta('models', 1)]
  if (version === VERSION && models === MODELS) return meta('epochMs', firstEpochMs)
  db.close()
  const writer = models === 1 ? 'seabus 0.1.0' : 'another seabus'
  throw new Error(
    `${layer}.sqlite was written by ${writer} (models ${models}, tables ${version}); ` +
      `this seabus has models ${MODELS} and tables ${VERSION} and cannot play its history again. ` +
      'The file is left as it is: name another directory, or run the seabus that wrote it'
  )
}
