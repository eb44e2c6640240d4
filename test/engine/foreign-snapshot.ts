import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Layer } from '../../shared/contracts/layer.ts'
import { minus, plus } from '../../shared/engine/digest.ts'
import { openHeadFile } from '../../shared/engine/sqlite/head-file.ts'
import { sumOfAccount, sumOfHead, sumOfKept, sumOfSnapshot } from '../../shared/engine/sqlite/ledger.ts'
import { readAccounts, readHead } from '../../shared/engine/sqlite/read.ts'
import { readMeta } from '../../shared/engine/sqlite/tables.ts'
import type { Snapshot } from '../../shared/engine/store.ts'

/**
 * Makes the snapshot of a machine in a closed file one of other models or of another form, with every sum right: as another
 * seabus would have written it. The last write must have been more than rows.
 */
export function makeForeign(
  data: string,
  layer: Layer,
  machine: string,
  other: { readonly models?: number; readonly form?: number }
): void {
  const file = join(data, `${layer}.sqlite`)
  const db = new DatabaseSync(file)
  const account = readAccounts(db, file).accounts.get(machine)
  const found = db.prepare('SELECT * FROM snapshots WHERE machine = ?').get(machine)
  if (account === undefined || found === undefined) throw new Error(`there is no snapshot of ${machine}`)
  const { models, ...snapshot } = { ...found, ...other } as unknown as Snapshot & { models: number }
  const next = { ...account, snapshot: sumOfSnapshot(snapshot, models, account) }
  const kept = sumOfKept(machine, next)
  const head = readHead(db, file)
  const sums = plus(minus(head.accounts, account.sum), sumOfAccount(machine, { ...next, kept }))
  db.prepare('UPDATE snapshots SET models = ?, form = ? WHERE machine = ?').run(models, snapshot.form, machine)
  db.prepare('UPDATE accounts SET snapshot = ?, sum = ? WHERE machine = ?').run(next.snapshot, kept, machine)
  const summed = { ...head, accounts: sums }
  db.prepare('UPDATE head SET accounts = ?, sum = ?').run(sums, sumOfHead(summed))
  const beside = openHeadFile(join(data, `${layer}.head`), readMeta(db, file, layer).store)
  beside.write(summed)
  beside.close()
  db.close()
}
