import { randomUUID } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import type { Layer } from '../../contracts/layer.ts'
import { RELEASE } from '../../contracts/release.ts'
import { digestOf } from '../digest.ts'
import { StoreDamage } from './damage.ts'
import { NO_ROWS, sumOfHead } from './ledger.ts'

/** Raised when the tables change; a file of another version is refused. Each from 2 on keeps a fixture that must open. */
export const VERSION = 2
/**
 * Raised in a release in which a handler may do something else on the same inputs: a history that other models wrote
 * cannot be played again. Files of seabus 0.1.0 do not say theirs, which is 1.
 */
export const MODELS = 3

const TABLES = `
  CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL, sum INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE head (
    id INTEGER PRIMARY KEY CHECK (id = 1), commits INTEGER NOT NULL, seq INTEGER NOT NULL, rows INTEGER NOT NULL,
    time INTEGER NOT NULL, accounts INTEGER NOT NULL, last INTEGER NOT NULL, lost INTEGER NOT NULL, sum INTEGER NOT NULL
  );
  CREATE TABLE accounts (
    machine TEXT PRIMARY KEY, base INTEGER NOT NULL, base_chain INTEGER NOT NULL, snapshot INTEGER NOT NULL,
    marks TEXT NOT NULL, sum INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE snapshots (
    machine TEXT PRIMARY KEY, form INTEGER NOT NULL, models INTEGER NOT NULL, place INTEGER NOT NULL,
    last INTEGER NOT NULL, time INTEGER NOT NULL, text TEXT NOT NULL
  );
  CREATE TABLE log (
    seq INTEGER PRIMARY KEY, machine TEXT NOT NULL, chain INTEGER NOT NULL, head TEXT, form TEXT NOT NULL,
    id TEXT NOT NULL, type TEXT NOT NULL, sender TEXT NOT NULL, cause TEXT, time INTEGER NOT NULL, place INTEGER NOT NULL,
    body INTEGER, effects TEXT, data TEXT
  );
`

/** What a data file says of itself. */
export interface Meta {
  /** Tells this file from any other. */
  readonly store: string
  readonly epochMs: number
  /** The seabus that made it. */
  readonly release: string
}

/** Which tables and models wrote a file; undefined when nothing is in it yet. */
export function writerOf(db: DatabaseSync): { readonly version: number; readonly models: number } | undefined {
  const names = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all()
  if (names.length === 0) return undefined
  if (!names.some(({ name }) => name === 'meta')) return { version: 0, models: 0 }
  const number = (name: string, absent: number) =>
    Number(db.prepare('SELECT value FROM meta WHERE name = ?').get(name)?.['value'] ?? absent)
  return { version: number('version', 0), models: number('models', 1) }
}

/** Why a file of another version is not opened; undefined when it can be. */
export function refusalOf(
  file: string,
  directory: string,
  { version, models }: { readonly version: number; readonly models: number }
): string | undefined {
  if (version === VERSION && models === MODELS) return undefined
  if (version === 0) return `${file} is a database, but not one of seabus`
  const writer =
    models === 1 ? 'seabus 0.1.0' : version > VERSION || models > MODELS ? 'a later seabus' : 'an earlier seabus'
  return (
    `${file} was written by ${writer} (models ${models}, tables ${version}); ` +
    `this seabus has models ${MODELS} and tables ${VERSION} and cannot play its history again. ` +
    leftAsItIs(directory)
  )
}

/** What whoever is refused a file can do. */
export const leftAsItIs = (directory: string): string =>
  'The file is left as it is: name another directory, run the seabus that wrote it, or have it as text by ' +
  `"npx seabus doctor --data ${directory} --export"`

/** The most that a file may take up; what comes then is refused as on a full disk. */
export function capSize(db: DatabaseSync, maxBytes: number | undefined): void {
  if (maxBytes === undefined) return
  const { page_size: page } = db.prepare('PRAGMA page_size').get() as { page_size: number }
  db.exec(`PRAGMA max_page_count = ${Math.max(1, Math.floor(maxBytes / page))}`)
}

/** Makes the tables of a new file. */
export function makeTables(db: DatabaseSync, layer: Layer, epochMs: number): Meta {
  const meta: Meta = { store: randomUUID(), epochMs, release: RELEASE }
  db.exec('BEGIN')
  db.exec(TABLES)
  const insert = db.prepare('INSERT INTO meta VALUES (?, ?, ?)')
  const said = { version: VERSION, models: MODELS, layer, ...meta }
  for (const [name, value] of Object.entries(said)) insert.run(name, String(value), digestOf(`${name}\n${value}`))
  const { commits, seq, rows, time, accounts, last, lost } = NO_ROWS
  const values = [commits, seq, rows, time, accounts, last, lost, sumOfHead(NO_ROWS)]
  db.prepare('INSERT INTO head VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?)').run(...values)
  db.exec('COMMIT')
  // What the file says of itself is to be there even if the log gets lost.
  db.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  return meta
}

/** Reads what a file says of itself. Throws StoreDamage when that is not as it was written. */
export function readMeta(db: DatabaseSync, file: string, layer: Layer): Meta {
  const said = new Map<string, string>()
  for (const { name, value, sum } of db.prepare('SELECT name, value, sum FROM meta').all()) {
    if (digestOf(`${String(name)}\n${String(value)}`) !== sum) {
      throw new StoreDamage(file, `its ${String(name)} is not as it was written`)
    }
    said.set(String(name), String(value))
  }
  const need = (name: string) => {
    const value = said.get(name)
    if (value === undefined) throw new StoreDamage(file, `it does not say its ${name}`)
    return value
  }
  if (need('layer') !== layer) throw new StoreDamage(file, `it holds what ${need('layer')} has kept`)
  return { store: need('store'), epochMs: Number(need('epochMs')), release: need('release') }
}
