import type { DatabaseSync } from 'node:sqlite'
import { SNAPSHOT_FORM } from '../snapshot.ts'
import type { Snapshot } from '../store.ts'
import { StoreDamage } from './damage.ts'
import { sumOfSnapshot, type Account } from './ledger.ts'
import { leftAsItIs, MODELS } from './tables.ts'

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

/** A snapshot that is as it was written, but which this seabus cannot go on from. */
export type Foreign = Pick<Snapshot, 'machine' | 'form'> & { readonly models: number }

/** The first snapshot of another form or of other models; undefined when there is none. One that has decayed is none. */
export function foreignSnapshot(db: DatabaseSync, accounts: ReadonlyMap<string, Account>): Foreign | undefined {
  const others = db.prepare('SELECT * FROM snapshots WHERE form <> ? OR models <> ? ORDER BY machine')
  for (const found of others.iterate(SNAPSHOT_FORM, MODELS)) {
    const { models, ...snapshot } = found as unknown as Snapshot & { readonly models: number }
    const { machine, form } = snapshot
    const account = accounts.get(machine)
    if (account !== undefined && sumOfSnapshot(snapshot, models, account) === account.snapshot) {
      return { machine, form, models }
    }
  }
  return undefined
}

/** What is said of a snapshot that this seabus cannot go on from. */
export function foreignRefusal(file: string, directory: string, { machine, form, models }: Foreign): string {
  return (
    `${file} has a snapshot of ${machine} that another seabus took (models ${models}, form ${form}); this seabus has models ` +
    `${MODELS} and form ${SNAPSHOT_FORM} and cannot go on from it. ${leftAsItIs(directory)}`
  )
}

/**
 * The snapshots, in the order of their machines' names. Throws StoreDamage when one is not as it was written or is missing.
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
    covered.add(machine)
    yield { ...snapshot }
  }
  for (const [machine, { snapshot }] of accounts) {
    if (snapshot !== 0 && !covered.has(machine)) throw new StoreDamage(file, `the snapshot of ${machine} is missing`)
  }
}
