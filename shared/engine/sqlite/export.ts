import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Layer } from '../../contracts/layer.ts'
import { copied } from './data-file.ts'

/**
 * Everything that a data file holds, as lines of JSON: what it says of itself, then its snapshots, then its rows in their
 * order, whichever version wrote it and whether it is sound or not. What cannot be read ends it, with a line that says so.
 */
export function* exportLines(directory: string, layer: Layer): Iterable<string> {
  const file = join(directory, `${layer}.sqlite`)
  if (!existsSync(file)) return
  const { copy, remove } = copied(file)
  try {
    const db = new DatabaseSync(copy)
    try {
      yield* linesOf(db, layer)
    } catch (error) {
      yield line(layer, 'unreadable', { error: (error as Error).message })
    } finally {
      db.close()
    }
  } finally {
    remove()
  }
}

function* linesOf(db: DatabaseSync, layer: Layer): Iterable<string> {
  const tables = new Set(
    db
      .prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")
      .all()
      .map(({ name }) => name)
  )
  if (tables.has('meta')) {
    const meta = db.prepare('SELECT name, value FROM meta ORDER BY name').all()
    yield line(layer, 'meta', Object.fromEntries(meta.map(({ name, value }) => [String(name), value])))
  }
  // Of version 1 the marks are in a table of their own.
  for (const [table, order] of [
    ['accounts', 'machine'],
    ['delivered', 'machine'],
    ['snapshots', 'machine'],
    ['log', 'seq']
  ] as const) {
    if (!tables.has(table)) continue
    for (const row of db.prepare(`SELECT * FROM ${table} ORDER BY ${order}`).iterate()) {
      yield line(layer, table === 'log' ? 'row' : table, parsed(row))
    }
  }
}

const line = (layer: Layer, what: string, values: object) => JSON.stringify({ layer, what, ...values })

/** What is JSON in the file is JSON here, not text of it. */
function parsed(row: Readonly<Record<string, unknown>>): object {
  const out: Record<string, unknown> = { ...row }
  for (const name of ['data', 'marks', 'text']) {
    if (typeof out[name] !== 'string') continue
    try {
      out[name] = JSON.parse(out[name])
    } catch {
      // Damaged: the text as it is says most.
    }
  }
  return out
}
