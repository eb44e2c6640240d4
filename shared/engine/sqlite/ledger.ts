import type { Layer } from '../../contracts/layer.ts'
import { canonicalJson } from '../../contracts/canonical-json.ts'
import { digestOf, minus, plus } from '../digest.ts'
import type { Snapshot, StoredInput } from '../store.ts'

/**
 * What a database says of itself, so that nothing can be missing from it or be changed in it unseen. Every row is chained
 * to the row before it of the same machine; the account of a machine says where its chain begins and ends; the head holds
 * the sum of all accounts. What only follows from the rows is not written but once: an account is kept where it says more
 * than they do, and the head goes with the last row of a write. A machine can be taken out, or its chain made to begin behind a snapshot, without touching the rows of
 * others.
 */

/** A row as it lies in the database. `seq` is its place among all rows. */
export interface Row {
  readonly seq: number
  readonly form: string
  readonly machine: string
  readonly id: string
  readonly type: string
  readonly sender: string
  readonly cause: string | null
  readonly time: number
  /** JSON. */
  readonly data: string | null
  readonly body: number | null
  readonly effects: string | null
  /** Position in the journal of its first entry; 0 where positions are not kept. */
  readonly place: number
}

/** The account of a machine. */
export interface Account {
  /** Rows that it ever had; those up to `base` are not kept any more, and a snapshot is kept in their place. */
  readonly rows: number
  readonly chain: number
  readonly base: number
  readonly baseChain: number
  /** The sum of that snapshot; 0 where there is none. */
  readonly snapshot: number
  /** Of its sends to each layer, how many the receiver has accepted. */
  readonly marks: Readonly<Partial<Record<Layer, number>>>
  /** The sum of what is kept of it besides its rows; 0 where that is nothing. */
  readonly kept: number
  readonly sum: number
}

/** The account of everything. */
export interface Head {
  /** Writes so far. */
  readonly commits: number
  /** Place of the newest row. */
  readonly seq: number
  /** Rows that are kept. */
  readonly rows: number
  /** Nanoseconds of the newest row. */
  readonly time: number
  /** The sum of the sums of all accounts. */
  readonly accounts: number
  /** Newest position of the journal that was given when rows were last let go. */
  readonly last: number
  /** Newest position of the journal that those had. */
  readonly lost: number
}

export const NO_ROWS: Head = { commits: 0, seq: 0, rows: 0, time: 0, accounts: 0, last: 0, lost: 0 }
export const NEW_ACCOUNT: Account = {
  rows: 0,
  chain: 0,
  base: 0,
  baseChain: 0,
  snapshot: 0,
  marks: {},
  kept: 0,
  sum: 0
}

/** The place in a machine's chain after a row. */
export function chained(chain: number, row: Row): number {
  const { seq, form, machine, id, type, sender, cause, time, data, body, effects, place } = row
  const said = [seq, form, machine, id, type, sender, cause, time, data, body, effects, place]
  return digestOf(`${chain}\n${said.join('\n')}`)
}

/** The sum of what is kept of a machine besides its rows. */
export function sumOfKept(
  machine: string,
  account: Pick<Account, 'base' | 'baseChain' | 'snapshot' | 'marks'>
): number {
  const { base, baseChain, snapshot, marks } = account
  return digestOf(`${machine}\n${base}\n${baseChain}\n${snapshot}\n${canonicalJson(marks)}`)
}

export const sumOfAccount = (
  machine: string,
  { rows, chain, kept }: Pick<Account, 'rows' | 'chain' | 'kept'>
): number => digestOf(`${machine}\n${rows}\n${chain}\n${kept}`)

export const sumOfHead = ({ commits, seq, rows, time, accounts, last, lost }: Head): number =>
  digestOf(`${commits}\n${seq}\n${rows}\n${time}\n${accounts}\n${last}\n${lost}`)

/** The sum of a snapshot that covers so many rows of its machine, up to this place in their chain. */
export function sumOfSnapshot(
  { machine, form, place, last, time, text }: Snapshot,
  models: number,
  { base, baseChain }: Pick<Account, 'base' | 'baseChain'>
): number {
  return digestOf([machine, form, models, place, last, time, base, baseChain, text].join('\n'))
}

/** What one write adds to the ledger. The ledger itself stays as it is until the write has succeeded. */
export class Posting {
  readonly changed = new Map<string, Account>()
  /** Machines of which more has changed than that rows were added. */
  readonly kept = new Set<string>()
  /** Machines that it takes out. */
  readonly gone = new Set<string>()
  readonly #accounts: ReadonlyMap<string, Account>
  #head: Head

  constructor(accounts: ReadonlyMap<string, Account>, head: Head) {
    this.#accounts = accounts
    this.#head = { ...head, commits: head.commits + 1 }
  }

  /** The row with its place, and the chain after it. */
  row({ form, machine, id, type, from, cause, time, data, body, effects, place }: StoredInput): {
    readonly row: Row
    readonly chain: number
  } {
    const account = this.#of(machine)
    const row: Row = {
      seq: this.#head.seq + 1,
      form,
      machine,
      id,
      type,
      sender: from,
      cause: cause ?? null,
      time,
      data: JSON.stringify(data) ?? null,
      body: body ?? null,
      effects: effects ?? null,
      place: place ?? 0
    }
    const chain = chained(account.chain, row)
    this.changed.set(machine, { ...account, rows: account.rows + 1, chain })
    const { seq, rows, time: newest } = this.#head
    this.#head = { ...this.#head, seq: seq + 1, rows: rows + 1, time: Math.max(newest, time) }
    return { row, chain }
  }

  mark(machine: string, to: Layer, count: number): void {
    const account = this.#of(machine)
    this.#keep(machine, { ...account, marks: { ...account.marks, [to]: count } })
  }

  /** The snapshot takes the place of all rows of its machine. Gives its account, and its sum is in that. */
  snapshot(snapshot: Snapshot, models: number): Account {
    const { machine, place, last } = snapshot
    const account = this.#of(machine)
    const covers = { base: account.rows, baseChain: account.chain }
    const next = { ...account, ...covers, snapshot: sumOfSnapshot(snapshot, models, covers) }
    this.#keep(machine, next)
    this.#letGo(account, last, place)
    return next
  }

  /** Takes a machine out; `last` is the newest position of the journal. */
  forget(machine: string, last: number): void {
    this.#letGo(this.#of(machine), last, last)
    this.changed.delete(machine)
    this.kept.delete(machine)
    this.gone.add(machine)
  }

  /** Sums everything up. */
  head(): Head {
    let { accounts } = this.#head
    for (const [machine, account] of this.changed) {
      const sum = sumOfAccount(machine, account)
      accounts = plus(minus(accounts, this.#accounts.get(machine)?.sum ?? 0), sum)
      this.changed.set(machine, { ...account, sum })
    }
    for (const machine of this.gone) {
      if (!this.changed.has(machine)) accounts = minus(accounts, this.#accounts.get(machine)?.sum ?? 0)
    }
    return { ...this.#head, accounts }
  }

  #keep(machine: string, account: Account): void {
    this.changed.set(machine, { ...account, kept: sumOfKept(machine, account) })
    this.kept.add(machine)
  }

  #of(machine: string): Account {
    const before = this.gone.has(machine) ? undefined : this.#accounts.get(machine)
    return this.changed.get(machine) ?? before ?? NEW_ACCOUNT
  }

  /** Rows of an account are not kept any more. */
  #letGo({ rows, base }: Account, last: number, lost: number): void {
    const head = this.#head
    this.#head = {
      ...head,
      rows: head.rows - (rows - base),
      last: Math.max(head.last, last),
      lost: Math.max(head.lost, lost)
    }
  }
}
