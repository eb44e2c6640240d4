import type { DatabaseSync } from 'node:sqlite'
import type { Snapshot } from '../store.ts'
import { StoreDamage } from './damage.ts'
import { sumOfSnapshot, type Account } from './ledger.ts'
import { MODELS } from './tables.ts'

/** The snapshots of a database, at most one of each machine. */

/** Puts a snapshot in place of its machine's rows, which have these places, and of the one before. */
export function snapshotKeeper(db: DatabaseSync): (snapshot: Snapshot, rows: Iterable<number>) => void {
  const keep = db.prepare('INSERT OR REPLACE INTO snapshots VALUES (?, ?, ?, ?, ?, ?, ?)')
  const drop = db.prepare('DELETE FROM log WHERE seq = ?')
  return ({ machine, form, place, last, time, text }, rows) => {
    for (const seq of rows) drop.run(seq)
    keep.run(machine, form, MODELS, place, last, time, text)
  }
}

/** Takes out all that there is of a machine, whose rows have these places. */
export function machineRemover(db: DatabaseSync): (machine: string, rows: Iterable<number>) => void {
  const drop = db.prepare('DELETE FROM log WHERE seq = ?')
  const drops = ['snapshots', 'accounts'].map((table) => db.prepare(`DELETE FROM ${table} WHERE machine = ?`))
  return (machine, rows) => {
    for (const seq of rows) drop.run(seq)
    for (const each of drops) each.run(machine)
  }
}

/**
 * The snapshots, in the order of their machines' names. Throws StoreDamage when one is not as it was written or is missing,
 * another error when one was taken by other models.
 */
export function* soundSnapshots(
  db: DatabaseSync,
  file: string,
  accounts: ReadonlyMap<string, Account>
): Iterable<Snapshot> {
  const covered = new Set<string>()
  for (const found of db.prepare('SELECT * FROM snapshots ORDER BY machine').iterate()) {
    const { models, ...snapshot } = found as unknown as Snapshot & { readonly models: number }
    const { machine } = snapshot
    const account = accounts.get(machine)
    if (account === undefined || sumOfSnapshot(snapshot, models, account) !== account.snapshot) {
      throw new StoreDamage(file, `the snapshot of ${machine} is not as it was written`)
    }
    if (models !== MODELS) {
      throw new Error(
        `${file}: the snapshot of ${machine} is of models ${models}, and this seabus, with models ${MODELS}, cannot go on from it`
      )
    }
    covered.add(machine)
    yield { ...snapshot }
  }
  for (const [machine, { snapshot }] of accounts) {
    if (snapshot !== 0 && !covered.has(machine)) throw new StoreDamage(file, `the snapshot of ${machine} is missing`)
  }
}
