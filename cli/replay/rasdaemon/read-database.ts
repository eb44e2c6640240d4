import { DatabaseSync } from 'node:sqlite'
import { UsageError } from '../../command.ts'
import { isTable, TABLES, type Row, type Table } from './tables.ts'

/** What rasdaemon has recorded. */
export interface Recorded {
  readonly rows: readonly Row[]
  /** Tables with rows that nothing here is held against, and how many. */
  readonly left: ReadonlyMap<string, number>
}

/** Reads a database of rasdaemon, and changes nothing in it. Throws UsageError for a file that is none. */
export function readDatabase(file: string): Recorded {
  let db: DatabaseSync | undefined
  try {
    db = new DatabaseSync(file, { readOnly: true })
    return recordedIn(db, file)
  } catch (error) {
    if (error instanceof UsageError) throw error
    throw new UsageError(`${file}: no database of rasdaemon can be read from it: ${(error as Error).message}`)
  } finally {
    db?.close()
  }
}

function recordedIn(db: DatabaseSync, file: string): Recorded {
  const names = db.prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'").all()
  const tables = names.map(({ name }) => String(name))
  if (!tables.some(isTable)) {
    throw new UsageError(`${file}: none of its tables is one of rasdaemon's (${Object.keys(TABLES).join(', ')})`)
  }
  const left = tables
    .filter((name) => !isTable(name))
    .map((name) => [name, countOf(db, name)] as const)
    .filter(([, count]) => count > 0)
  return { rows: tables.filter(isTable).flatMap((table) => rowsOf(db, table)), left: new Map(left) }
}

const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`

const countOf = (db: DatabaseSync, table: string): number =>
  Number(db.prepare(`SELECT COUNT(*) AS count FROM ${quoted(table)}`).get()?.['count'] ?? 0)

function rowsOf(db: DatabaseSync, table: Table): readonly Row[] {
  const query = db.prepare(`SELECT * FROM ${quoted(table)} ORDER BY id`)
  query.setReadBigInts(true)
  return query.all().map((found) => {
    // Older and newer versions have columns fewer or more.
    const values = TABLES[table].flatMap((column) => {
      const value = found[column]
      return value === undefined || value === null ? [] : [[column, textOf(value)] as const]
    })
    return { table, values: Object.fromEntries(values) }
  })
}

const textOf = (value: string | number | bigint | Uint8Array): string =>
  value instanceof Uint8Array ? value.toHex() : String(value)
