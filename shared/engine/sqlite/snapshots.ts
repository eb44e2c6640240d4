import type { DatabaseSync } from 'node:sqlite'
import type { Snapshot } from '../store.ts'
import { StoreDamage } from './damage.ts'
import { sumOfSnapshot, type Account } from './ledger.ts'
import { MODELS } from './tables.ts'

/** The snapshots of a database, at most one of each machine. */

/** Puts a snapshot in place of its machine's rows and of the one before. */
export function snapshotKeeper(db: DatabaseSync): (snapshot: Snapshot) => void {
  const keep = db.prepare('INSERT OR REPLACE INTO snapshots VALUES (?, ?, ?, ?, ?, ?, ?)')
  const drop = db.prepare('DELETE FROM log WHERE machine = ?')
  return ({ machine, form, place, last, time, text }) => {
    drop.run(machine)
    keep.run(machine, form, MODELS, place, last, time, text)
  }
}

/** Takes out all that there is of a machine. */
export function machineRemover(db: DatabaseSync): (machine: string) => void {
  const drops = ['log', 'snapshots', 'accounts'].map((table) => db.prepare(`DELETE FROM ${table} WHERE machine = ?`))
  return (machine) => {
    for (const drop of drops) drop.run(machine)
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
