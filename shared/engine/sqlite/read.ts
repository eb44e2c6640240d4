import type { DatabaseSync } from 'node:sqlite'
import { plus } from '../digest.ts'
import { isBroken, StoreDamage } from './damage.ts'
import { chained, sumOfAccount, sumOfHead, type Account, type Head, type Row } from './ledger.ts'

/** What lies in a database, read and held against its own ledger. */

const iso = (epochMs: number, time: number) => new Date(epochMs + time / 1e6).toISOString()
const rowsOf = (count: number) => (count === 1 ? '1 row' : `${count} rows`)

/** What SQLite says of a broken file, as damage of it. */
export function reading<Value>(file: string, read: () => Value): Value {
  try {
    return read()
  } catch (error) {
    if (isBroken(error)) throw new StoreDamage(file, `SQLite says "${(error as Error).message}"`)
    throw error
  }
}

export function readHead(db: DatabaseSync, file: string): Head {
  const row = db.prepare('SELECT commits, seq, rows, time, accounts, last, lost, sum FROM head').get()
  if (row === undefined) throw new StoreDamage(file, 'its head is missing')
  const { sum, ...head } = row as unknown as Head & { readonly sum: number }
  if (sumOfHead(head) !== sum) throw new StoreDamage(file, 'its head is not as it was written')
  return head
}

/** The accounts of all machines. */
export function readAccounts(db: DatabaseSync, file: string, head: Head): Map<string, Account> {
  const accounts = new Map<string, Account>()
  let sums = 0
  for (const row of db.prepare('SELECT * FROM accounts').iterate()) {
    const machine = String(row['machine'])
    const account = soundAccount(row)
    if (account === undefined) {
      throw new StoreDamage(file, `the account of machine ${machine} is not as it was written`)
    }
    accounts.set(machine, account)
    sums = plus(sums, account.sum)
  }
  if (sums !== head.accounts) throw new StoreDamage(file, 'the account of a machine is missing')
  return accounts
}

/** The account that a row of the table holds, if it is as it was written. */
export function soundAccount(row: Readonly<Record<string, unknown>>): Account | undefined {
  const { rows, chain, base, base_chain: baseChain, snapshot, marks, sum } = row as Record<string, number>
  try {
    const account = {
      rows,
      chain,
      base,
      baseChain,
      snapshot,
      marks: JSON.parse(String(marks)) as object,
      sum
    } as Account
    return sumOfAccount(String(row['machine']), account) === sum ? account : undefined
  } catch {
    return undefined
  }
}

/** A row, and the chain that it says it comes to. */
export type ChainedRow = Row & { readonly chain: number }

/** Follows the chains of all machines through the rows, which have to come in their order. */
export class Following {
  readonly #accounts: ReadonlyMap<string, Account>
  readonly #at = new Map<string, { chain: number; rows: number; last: ChainedRow | undefined }>()

  constructor(accounts: ReadonlyMap<string, Account>) {
    this.#accounts = accounts
  }

  /** What is wrong with a row, or undefined. After a mistake the chain of its machine cannot be followed any further. */
  take(row: ChainedRow): string | undefined {
    const { machine } = row
    let at = this.#at.get(machine)
    if (at === undefined) {
      const account = this.#accounts.get(machine)
      if (account === undefined) return `there are rows of ${machine}, but no account of it`
      this.#at.set(machine, (at = { chain: account.baseChain, rows: account.base, last: undefined }))
    }
    if (chained(at.chain, row) !== row.chain) return 'it is not as it was written, or what came before it is not there'
    at.chain = row.chain
    at.rows++
    at.last = row
    return undefined
  }

  /** Machines whose last rows are missing: how many, and the last that is there. */
  *missing(): Iterable<{ readonly machine: string; readonly count: number; readonly last: Row | undefined }> {
    for (const [machine, { rows, chain, base, baseChain }] of this.#accounts) {
      const at = this.#at.get(machine) ?? { chain: baseChain, rows: base, last: undefined }
      if (at.rows !== rows || at.chain !== chain) yield { machine, count: rows - at.rows, last: at.last }
    }
  }
}

const COLUMNS = 'seq, form, machine, id, type, sender, cause, time, data, body, effects, place, chain'

/** All rows in their order. Throws StoreDamage at the first that is not as it was written, and after the last if any is missing. */
export function* soundRows(
  db: DatabaseSync,
  { file, epochMs, accounts }: { file: string; epochMs: number; accounts: ReadonlyMap<string, Account> }
): Iterable<ChainedRow> {
  const following = new Following(accounts)
  const naming = ({ seq, machine, type, id, time }: Row) =>
    `row ${seq} (${machine}, ${iso(epochMs, time)}, ${type} ${id})`
  let last: ChainedRow | undefined
  try {
    for (const found of db.prepare(`SELECT ${COLUMNS} FROM log ORDER BY seq`).iterate()) {
      const row = found as unknown as ChainedRow
      const wrong = following.take(row)
      if (wrong !== undefined) throw new StoreDamage(file, `from ${naming(row)} on: ${wrong}`)
      last = row
      yield row
    }
  } catch (error) {
    if (!isBroken(error)) throw error
    const until = last === undefined ? 'from its first row on' : `after ${naming(last)}`
    throw new StoreDamage(file, `${until} SQLite says "${(error as Error).message}"`)
  }
  for (const { machine, count, last: end } of following.missing()) {
    const after = end === undefined ? 'there is none of it' : `the last that is there is ${naming(end)}`
    throw new StoreDamage(file, `the last ${rowsOf(count)} of ${machine} are missing: ${after}`)
  }
}

/** Why the database is not where the file beside it says that it was; undefined when it is, or is ahead. */
export function behind(head: Head, beside: Head, epochMs: number): string | undefined {
  const lost = beside.commits - head.commits
  const writes = lost === 1 ? 'last write is' : `last ${lost} writes are`
  if (lost > 0) {
    const end = head.seq === 0 ? 'it holds no row' : `it ends with row ${head.seq} of ${iso(epochMs, head.time)}`
    return `its ${writes} missing: ${end}, but row ${beside.seq} of ${iso(epochMs, beside.time)} had been kept`
  }
  const differs =
    lost === 0 && (head.accounts !== beside.accounts || head.seq !== beside.seq || head.rows !== beside.rows)
  return differs ? `its head is not the one that was written last` : undefined
}
