import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync
} from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { isDeepStrictEqual } from 'node:util'
import { MODELLED_LAYERS, type ModelledLayer } from '../../shared/contracts/layer.ts'
import { StoreDamage } from '../../shared/engine/sqlite/damage.ts'
import { sqliteStore } from '../../shared/engine/store-sqlite.ts'
import { hashOf } from '../fuzz/faults.ts'
import type { Found } from './found.ts'

/** Changes a layer's files in a directory; `size`, from 0 to 1, says where. */
type Decay = (directory: string, layer: ModelledLayer, size: number) => void

const fileOf = (directory: string, layer: ModelledLayer) => join(directory, `${layer}.sqlite`)

/** A change of one row, wherever it lies. */
const row =
  (change: string): Decay =>
  (directory, layer, size) => {
    const db = new DatabaseSync(fileOf(directory, layer))
    const { count } = db.prepare('SELECT count(*) AS count FROM log').get() as { count: number }
    const { seq } = db.prepare('SELECT seq FROM log LIMIT 1 OFFSET ?').get(Math.floor(size * count)) as { seq: number }
    db.prepare(change).run(seq)
    db.close()
  }

const DECAYS: Readonly<Record<string, Decay>> = {
  'a row: other data': row(`UPDATE log SET data = coalesce(data, '') || ' ' WHERE seq = ?`),
  'a row: another type': row(`UPDATE log SET type = type || 's' WHERE seq = ?`),
  'a row: another time': row('UPDATE log SET time = time + 1 WHERE seq = ?'),
  'a row: another machine': row(`UPDATE log SET machine = machine || '0' WHERE seq = ?`),
  'a row is gone': row('DELETE FROM log WHERE seq = ?'),
  'all rows from one on are gone': row('DELETE FROM log WHERE seq >= ?'),
  'the file is cut': (directory, layer, size) =>
    truncateSync(fileOf(directory, layer), Math.floor(size * statSync(fileOf(directory, layer)).size)),
  'the file is empty': (directory, layer) => {
    for (const end of ['', '-wal']) writeFileSync(`${fileOf(directory, layer)}${end}`, '')
  },
  'the file is gone': (directory, layer) => {
    for (const end of ['', '-wal']) rmSync(`${fileOf(directory, layer)}${end}`, { force: true })
  },
  'the file beside it is gone': (directory, layer) => rmSync(join(directory, `${layer}.head`)),
  'one bit of the file': (directory, layer, size) => {
    const bytes = readFileSync(fileOf(directory, layer))
    const at = Math.floor(size * bytes.length)
    bytes[at] = (bytes[at] ?? 0) ^ (1 << (at % 8))
    writeFileSync(fileOf(directory, layer), bytes)
  }
}

/** All that a restart reads back. */
function read(directory: string, layer: ModelledLayer): unknown {
  const store = sqliteStore(directory, layer)
  try {
    return [[...store.delivered()], [...store.snapshots()], [...store.inputs()]]
  } finally {
    store.close()
  }
}

/**
 * Lets copies of data decay, each in one way, and opens them: a decay is noticed when that is refused. One bit may lie where
 * nothing is kept: what is read back is then what was written. What is neither is unnoticed.
 */
export function decay(
  data: string,
  { seed, count }: { readonly seed: number; readonly count: number },
  found: Found
): void {
  const place = mkdtempSync(`${data}-decays-`)
  try {
    for (const layer of MODELLED_LAYERS) {
      const sound = copy(data, layer, join(place, `${layer}-sound`))
      const whole = read(sound, layer)
      for (const [turn, [name, change]] of turns(count)) {
        const copied = copy(sound, layer, join(place, `${layer}-${turn}`))
        change(copied, layer, hashOf(seed + turn, layer.length + turn))
        const told = readBack(copied, layer)
        const isHarmless = 'kept' in told && isDeepStrictEqual(told.kept, whole)
        const where = `${name} (${layer}, ${turn})`
        if ('kept' in told && !isHarmless) found.wrongs.push(`unnoticed: ${where}`)
        if ('error' in told && !(told.error instanceof StoreDamage)) {
          found.wrongs.push(`told as something else: ${where}: ${String(told.error)}`)
        }
        const kind = isHarmless ? `${name}, where nothing is kept` : name
        found.faults.set(kind, (found.faults.get(kind) ?? 0) + 1)
        rmSync(copied, { recursive: true })
      }
    }
  } finally {
    rmSync(place, { recursive: true, force: true })
  }
}

function* turns(count: number): Iterable<readonly [number, readonly [string, Decay]]> {
  const all = Object.entries(DECAYS)
  for (let turn = 0; turn < count; turn++) {
    const one = all[turn % all.length]
    if (one !== undefined) yield [turn, one]
  }
}

function readBack(directory: string, layer: ModelledLayer): { readonly kept: unknown } | { readonly error: unknown } {
  try {
    return { kept: read(directory, layer) }
  } catch (error) {
    return { error }
  }
}

function copy(from: string, layer: ModelledLayer, to: string): string {
  mkdirSync(to)
  for (const name of readdirSync(from)) if (name.startsWith(`${layer}.`)) cpSync(join(from, name), join(to, name))
  return to
}
