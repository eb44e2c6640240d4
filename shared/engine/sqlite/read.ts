import type { DatabaseSync } from 'node:sqlite'
import { plus } from '../digest.ts'
import { isBroken, StoreDamage } from './damage.ts'
import {
  chained,
  NEW_ACCOUNT,
  sumOfAccount,
  sumOfHead,
  sumOfKept,
  type Account,
  type Head,
  type Row
} from './ledger.ts'
import { Places } from './places.ts'

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

/** The head of a database: the newest of that in its table and that with the newest row that has one. */
export function readHead(db: DatabaseSync, file: string): Head {
  const row = db.prepare('SELECT commits, seq, rows, time, accounts, last, lost, sum FROM head').get()
  if (row === undefined) throw new StoreDamage(file, 'its head is missing')
  const { sum, ...kept } = row as unknown as Head & { readonly sum: number }
  const newest = db.prepare('SELECT head FROM log WHERE head IS NOT NULL ORDER BY seq DESC LIMIT 1').get()
  const written = newest === undefined ? undefined : headOfText(String(newest['head']))
  if (sumOfHead(kept) !== sum || (newest !== undefined && written === undefined)) {
    throw new StoreDamage(file, 'its head is not as it was written')
  }
  return written !== undefined && written.commits > kept.commits ? written : kept
}

/** A head as it stands with a row. */
export function textOfHead(head: Head): string {
  const { commits, seq, rows, time, accounts, last, lost } = head
  return [commits, seq, rows, time, accounts, last, lost, sumOfHead(head)].join(' ')
}

/** The head that a text says, if that is as it was written. */
function headOfText(text: string): Head | undefined {
  const [commits = 0, seq = 0, rows = 0, time = 0, accounts = 0, last = 0, lost = 0] = text.split(' ').map(Number)
  const head = { commits, seq, rows, time, accounts, last, lost }
  return textOfHead(head) === text ? head : undefined
}

/** The accounts of all machines as what is kept of them and their rows make them, and which rows each has. */
export interface Accounts {
  readonly accounts: Map<string, Account>
  readonly places: Places
}

/** Throws StoreDamage when what is kept of a machine is not as it was written; `damaged` is told instead, if there is one. */
export function readAccounts(db: DatabaseSync, file: string, damaged?: (what: string) => void): Accounts {
  const found = new Map<string, Account>()
  for (const row of db.prepare('SELECT * FROM accounts').iterate()) {
    const machine = String(row['machine'])
    const account = keptAccount(machine, row)
    if (account !== undefined) {
      found.set(machine, account)
      continue
    }
    const what = `the account of machine ${machine} is not as it was written`
    if (damaged === undefined) throw new StoreDamage(file, what)
    damaged(what)
  }
  const places = new Places()
  for (const row of db.prepare('SELECT seq, machine, chain FROM log ORDER BY seq').iterate()) {
    const { seq, machine, chain } = row as unknown as ChainedRow
    const account = found.get(machine) ?? NEW_ACCOUNT
    found.set(machine, { ...account, rows: account.rows + 1, chain })
    places.add(machine, seq)
  }
  places.adopt()
  const accounts = new Map<string, Account>()
  for (const [machine, account] of found) accounts.set(machine, { ...account, sum: sumOfAccount(machine, account) })
  return { accounts, places }
}

/** What is kept of a machine besides its rows, if it is as it was written. */
function keptAccount(machine: string, row: Readonly<Record<string, unknown>>): Account | undefined {
  const { base = 0, base_chain: baseChain = 0, snapshot = 0, marks, sum } = row as Record<string, number>
  try {
    const kept = { base, baseChain, snapshot, marks: JSON.parse(String(marks)) as Account['marks'] }
    if (sumOfKept(machine, kept) !== sum) return undefined
    return { ...kept, rows: base, chain: baseChain, kept: sum, sum: 0 }
  } catch {
    return undefined
  }
}

/** What is missing by the head, though all that is there may be sound; undefined when nothing is. */
export function missingBy(head: Head, accounts: ReadonlyMap<string, Account>): string | undefined {
  let sums = 0
  let rows = 0
  for (const account of accounts.values()) {
    sums = plus(sums, account.sum)
    rows += account.rows - account.base
  }
  if (rows !== head.rows) return `it holds ${rowsOf(rows)} of ${head.rows}: the end of a machine is missing`
  return sums === head.accounts ? undefined : 'the account of a machine is missing or another'
}

/** A row, and the chain that it says it comes to. */
export type ChainedRow = Row & { readonly chain: number }

/** Follows the chains of all machines through the rows, which have to come in their order. */
export class Following {
  readonly #accounts: ReadonlyMap<string, Account>
  readonly #at = new Map<string, number>()

  constructor(accounts: ReadonlyMap<string, Account>) {
    this.#accounts = accounts
  }

  /** What is wrong with a row, or undefined. After a mistake the chain of its machine cannot be followed any further. */
  take(row: ChainedRow): string | undefined {
    const { machine } = row
    const at = this.#at.get(machine) ?? this.#accounts.get(machine)?.baseChain ?? 0
    if (chained(at, row) !== row.chain) return 'it is not as it was written, or what came before it is not there'
    this.#at.set(machine, row.chain)
    return undefined
  }
}

const COLUMNS = 'seq, machine, chain, form, id, type, sender, cause, time, place, body, effects, data'

/** All rows in their order. Throws StoreDamage at the first that is not as it was written. */
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
