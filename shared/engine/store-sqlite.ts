import { mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Layer } from '../contracts/layer.ts'
import { StoreDamage } from './sqlite/damage.ts'
import { openHeadFile, readHeadFile, type HeadFile } from './sqlite/head-file.ts'
import { Posting, sumOfHead, type Account, type Head } from './sqlite/ledger.ts'
import { behind, readAccounts, readHead, reading, soundRows } from './sqlite/read.ts'
import { makeTables, readMeta, refusalOf, writerOf, type Meta } from './sqlite/tables.ts'
import { WalAside } from './sqlite/wal-aside.ts'
import type { StoredInput, Store } from './store.ts'

/** Marks of deliveries wait this long for other writes to share a transaction with. */
const MARKS_MS = 100

/** Whether a write also waits for the disk itself: `full` survives a loss of power, `normal` only that of the process. */
export type Sync = 'normal' | 'full'

/**
 * A store in one SQLite file, `<directory>/<layer>.sqlite`, with `<layer>.head` beside it. WAL with synchronous NORMAL: what
 * was flushed survives a crash of the process, and the newest of it may not survive a loss of power, which the next start
 * then says. Throws StoreDamage when the file is not as it was written, another error when it cannot be used.
 */
export function sqliteStore(
  directory: string,
  layer: Layer,
  firstEpochMs = Date.now(),
  { sync = 'normal' }: { readonly sync?: Sync } = {}
): Store {
  mkdirSync(directory, { recursive: true })
  const file = join(directory, `${layer}.sqlite`)
  const opened = openFile(directory, layer, firstEpochMs, sync)
  const { db, meta, accounts, walAside, headFile } = opened
  let { head } = opened
  // A clock that was set back would stand still until it has caught up with the rows.
  const epochMs = Math.min(meta.epochMs, Math.floor(Date.now() - head.time / 1e6))

  const insert = db.prepare('INSERT INTO log VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
  const keepAccount = db.prepare('INSERT OR REPLACE INTO accounts VALUES (?, ?, ?, ?, ?, ?, ?)')
  const keepHead = db.prepare('UPDATE head SET commits = ?, seq = ?, rows = ?, time = ?, accounts = ?, sum = ?')
  let rows: StoredInput[] = []
  const marks = new Map<string, { machine: string; to: Layer; count: number }>()
  let markTimer: NodeJS.Timeout | undefined
  let isOpen = true

  function write(batch: readonly StoredInput[]): void {
    clearTimeout(markTimer)
    markTimer = undefined
    if (batch.length === 0 && marks.size === 0) return
    const posting = new Posting(accounts, head)
    let next: Head
    db.exec('BEGIN')
    try {
      for (const one of batch) {
        const { row, chain } = posting.row(one)
        const { seq, form, machine, id, type, sender, cause, time, data, body, effects } = row
        insert.run(seq, form, machine, id, type, sender, cause, time, data, body, effects, chain)
      }
      for (const { machine, to, count } of marks.values()) posting.mark(machine, to, count)
      next = posting.head()
      for (const [machine, { rows: count, chain, base, baseChain, marks: counts, sum }] of posting.changed) {
        keepAccount.run(machine, count, chain, base, baseChain, JSON.stringify(counts), sum)
      }
      keepHead.run(next.commits, next.seq, next.rows, next.time, next.accounts, sumOfHead(next))
      db.exec('COMMIT')
    } catch (error) {
      if (db.isTransaction) db.exec('ROLLBACK')
      throw error
    }
    head = next
    for (const [machine, account] of posting.changed) accounts.set(machine, account)
    marks.clear()
    headFile.write(head)
  }

  /** A lost mark is only a repeat, so failing to write one is left for the next flush to report. */
  function writeMarks(): void {
    try {
      write([])
    } catch {
      markTimer = undefined
    }
  }

  function close(): void {
    if (!isOpen) return
    isOpen = false
    db.close()
    headFile.close()
    walAside.forget()
  }

  return {
    epochMs,
    durable: true,
    *inputs() {
      try {
        for (const row of soundRows(db, { file, epochMs: meta.epochMs, accounts })) {
          const { seq, form, machine, id, type, sender, cause, time, data, body, effects } = row
          yield {
            seq,
            form: form as StoredInput['form'],
            machine,
            id,
            type,
            from: sender as StoredInput['from'],
            cause: cause ?? undefined,
            time,
            data: JSON.parse(data ?? 'null') as unknown,
            body: body ?? undefined,
            effects: effects ?? undefined
          }
        }
      } catch (error) {
        if (error instanceof StoreDamage) {
          isOpen = false
          db.close()
          headFile.close()
          walAside.putBack()
        }
        throw error
      }
      walAside.forget()
    },
    *delivered() {
      for (const [machine, account] of accounts) {
        for (const [to, count] of Object.entries(account.marks)) yield { machine, to: to as Layer, count }
      }
    },
    append: (row) => void rows.push(row),
    markDelivered(machine, to, count) {
      marks.set(`${machine} ${to}`, { machine, to, count })
      markTimer ??= setTimeout(writeMarks, MARKS_MS)
    },
    flush() {
      const batch = rows
      rows = []
      write(batch)
    },
    trouble: () => headFile.trouble(),
    size: () => ({ rows: head.rows, bytes: bytesOf(file) + bytesOf(`${file}-wal`) }),
    close() {
      clearTimeout(markTimer)
      if (!isOpen) return
      try {
        write(rows)
      } finally {
        close()
      }
    }
  }
}

function bytesOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0
}

interface Opened {
  readonly db: DatabaseSync
  readonly meta: Meta
  readonly head: Head
  readonly accounts: Map<string, Account>
  readonly headFile: HeadFile
  readonly walAside: WalAside
}

/** Opens a file and holds it against what is written beside it; makes it when it is new. */
function openFile(directory: string, layer: Layer, firstEpochMs: number, sync: Sync): Opened {
  const file = join(directory, `${layer}.sqlite`)
  const headPath = join(directory, `${layer}.head`)
  const told = readHeadFile(headPath)
  // Of a file that nothing was kept in there is nothing to lose.
  const beside = told !== 'unreadable' && told?.commits === 0 ? undefined : told
  const emptied = () => {
    const kept = beside === 'unreadable' ? 'something was' : `${beside?.rows} rows were`
    return new StoreDamage(file, `it is empty or gone, but ${kept} kept in it, as ${headPath} shows`)
  }
  if (beside !== undefined && bytesOf(file) === 0) throw emptied()
  const walAside = new WalAside(file)
  const db = new DatabaseSync(file)
  try {
    return reading(file, () => {
      db.exec('PRAGMA locking_mode = EXCLUSIVE')
      const writer = writerOf(db)
      const refusal = writer === undefined ? undefined : refusalOf(`${layer}.sqlite`, directory, writer)
      if (refusal !== undefined) throw new Error(refusal)
      if (writer === undefined && beside !== undefined) throw emptied()
      db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${sync}`)
      const meta = writer === undefined ? makeTables(db, layer, firstEpochMs) : readMeta(db, file, layer)
      const head = readHead(db, file)
      const accounts = readAccounts(db, file, head)
      if (beside === 'unreadable') throw new StoreDamage(headPath, 'it is not as it was written')
      if (beside === undefined && head.commits > 0) {
        throw new StoreDamage(headPath, `it is gone, so that nobody can say whether the end of ${file} is there`)
      }
      if (beside !== undefined && beside.store !== meta.store)
        throw new StoreDamage(headPath, `it belongs to another file than ${file}`)
      const why = beside === undefined ? undefined : behind(head, beside, meta.epochMs)
      if (why !== undefined) throw new StoreDamage(file, why)
      const headFile = openHeadFile(headPath, meta.store)
      if (beside === undefined || beside.commits < head.commits) headFile.write(head)
      return { db, meta, head, accounts, headFile, walAside }
    })
  } catch (error) {
    db.close()
    if (error instanceof StoreDamage) walAside.putBack()
    else walAside.forget()
    throw error
  }
}
