import { mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Layer } from '../contracts/layer.ts'
import { StoreDamage } from './sqlite/damage.ts'
import { openHeadFile, readHeadFile, type HeadFile } from './sqlite/head-file.ts'
import { NEW_ACCOUNT, Posting, sumOfHead, type Account, type Head, type Row } from './sqlite/ledger.ts'
import type { Places } from './sqlite/places.ts'
import { behind, missingBy, readAccounts, readHead, reading, soundRows, textOfHead } from './sqlite/read.ts'
import { foreignRefusal, foreignSnapshot, machineRemover, snapshotKeeper, soundSnapshots } from './sqlite/snapshots.ts'
import { capSize, makeTables, MODELS, readMeta, refusalOf, writerOf, type Meta } from './sqlite/tables.ts'
import { WalAside } from './sqlite/wal-aside.ts'
import type { StoredInput, Store, Write } from './store.ts'

/** Marks of deliveries wait this long for other writes to share a transaction with. */
const MARKS_MS = 100

/** Whether a write also waits for the disk itself: `full` survives a loss of power, `normal` only that of the process. */
export type Sync = 'normal' | 'full'

export interface SqliteOptions {
  readonly sync?: Sync
  /** The most that the file may take up; what comes then is refused as on a full disk. */
  readonly maxBytes?: number | undefined
}

/**
 * A store in one SQLite file, `<directory>/<layer>.sqlite`, with `<layer>.head` beside it. WAL with synchronous NORMAL: what
 * was flushed survives a crash of the process, and the newest of it may not survive a loss of power, which the next start
 * then says. Throws StoreDamage when the file is not as it was written, another error when it cannot be used.
 */
export function sqliteStore(
  directory: string,
  layer: Layer,
  firstEpochMs = Date.now(),
  options: SqliteOptions = {}
): Store {
  mkdirSync(directory, { recursive: true })
  const file = join(directory, `${layer}.sqlite`)
  const opened = openFile(directory, layer, firstEpochMs, options)
  const { db, meta, accounts, places, walAside, headFile } = opened
  let { head } = opened
  // A clock that was set back would stand still until it has caught up with the rows.
  const epochMs = Math.min(meta.epochMs, Math.floor(Date.now() - head.time / 1e6))

  const insert = db.prepare('INSERT INTO log VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
  const keepAccount = db.prepare('INSERT OR REPLACE INTO accounts VALUES (?, ?, ?, ?, ?, ?)')
  const keepHead = db.prepare(
    'UPDATE head SET commits = ?, seq = ?, rows = ?, time = ?, accounts = ?, last = ?, lost = ?, sum = ?'
  )
  const keepSnapshot = snapshotKeeper(db)
  const removeMachine = machineRemover(db)
  let writes: Write[] = []
  const marks = new Map<string, { machine: string; to: Layer; count: number }>()
  let markTimer: NodeJS.Timeout | undefined
  let isOpen = true

  function write(batch: readonly Write[], isProbe = false): void {
    clearTimeout(markTimer)
    markTimer = undefined
    if (batch.length === 0 && marks.size === 0 && !isProbe) return
    const posting = new Posting(accounts, head)
    const acts = batch.map((one) => posted(posting, one))
    for (const { machine, to, count } of marks.values()) posting.mark(machine, to, count)
    const next = posting.head()
    // Where rows are all that there is the last one takes the head along, which saves a page of the disk.
    const withHead = acts.every((act) => 'row' in act) ? acts.at(-1) : undefined
    db.exec('BEGIN')
    try {
      for (const act of acts) apply(act, act === withHead ? textOfHead(next) : null)
      for (const machine of posting.kept) {
        const { base, baseChain, snapshot, marks: counts, kept } = posting.changed.get(machine) ?? NEW_ACCOUNT
        keepAccount.run(machine, base, baseChain, snapshot, JSON.stringify(counts), kept)
      }
      if (withHead === undefined) {
        const { commits, seq, rows, time, accounts: sums, last, lost } = next
        keepHead.run(commits, seq, rows, time, sums, last, lost, sumOfHead(next))
      }
      db.exec('COMMIT')
    } catch (error) {
      places.drop()
      if (db.isTransaction) db.exec('ROLLBACK')
      throw error
    }
    head = next
    places.adopt()
    for (const machine of posting.gone) accounts.delete(machine)
    for (const [machine, account] of posting.changed) accounts.set(machine, account)
    marks.clear()
    headFile.write(head)
  }

  function apply(act: Posted, withHead: string | null): void {
    if ('row' in act) {
      const { seq, form, machine, id, type, sender, cause, time, data, body, effects, place } = act.row
      insert.run(seq, machine, act.chain, withHead, form, id, type, sender, cause, time, place, body, effects, data)
      places.add(machine, seq)
    } else if ('snapshot' in act) {
      keepSnapshot(act.snapshot, places.take(act.snapshot.machine))
    } else {
      removeMachine(act.forget, places.take(act.forget))
    }
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

  /** Reads to the first damage, where the file is closed and left as it was found. */
  function* sound<Found>(found: Iterable<Found>): Iterable<Found> {
    try {
      yield* found
    } catch (error) {
      if (error instanceof StoreDamage) {
        isOpen = false
        db.close()
        headFile.close()
        walAside.putBack()
      }
      throw error
    }
  }

  return {
    epochMs,
    durable: true,
    origin: `${file} (of seabus ${meta.release})`,
    *inputs() {
      for (const row of sound(soundRows(db, { file, epochMs: meta.epochMs, accounts }))) yield storedOf(row)
      walAside.forget()
    },
    *delivered() {
      for (const [machine, account] of accounts) {
        for (const [to, count] of Object.entries(account.marks)) yield { machine, to: to as Layer, count }
      }
    },
    get forgotten() {
      return { last: head.last, lost: head.lost }
    },
    snapshots: () => sound(soundSnapshots(db, file, accounts)),
    append: (row) => void writes.push({ row }),
    snapshot: (snapshot) => void writes.push({ snapshot }),
    forget(machine, last) {
      for (const [name, mark] of marks) if (mark.machine === machine) marks.delete(name)
      writes.push({ forget: machine, last })
    },
    markDelivered(machine, to, count) {
      marks.set(`${machine} ${to}`, { machine, to, count })
      markTimer ??= setTimeout(writeMarks, MARKS_MS)
    },
    flush() {
      const batch = writes
      writes = []
      write(batch)
    },
    probe: () => write([], true),
    trouble: () => headFile.trouble(),
    size: () => ({ rows: head.rows, bytes: bytesOf(file) + bytesOf(`${file}-wal`) }),
    close() {
      clearTimeout(markTimer)
      if (!isOpen) return
      try {
        write(writes)
      } finally {
        close()
      }
    }
  }
}

/** A write with what the ledger says of it. */
type Posted = ReturnType<Posting['row']> | Exclude<Write, { readonly row: StoredInput }>

function posted(posting: Posting, one: Write): Posted {
  if ('row' in one) return posting.row(one.row)
  if ('snapshot' in one) posting.snapshot(one.snapshot, MODELS)
  else posting.forget(one.forget, one.last)
  return one
}

/** A row as the engine knows it. */
export function storedOf(row: Row): StoredInput {
  const { seq, form, machine, id, type, sender, cause, time, data, body, effects, place } = row
  return {
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
    effects: effects ?? undefined,
    place: place === 0 ? undefined : place
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
  readonly places: Places
  readonly headFile: HeadFile
  readonly walAside: WalAside
}

/** Opens a file and holds it against what is written beside it; makes it when it is new. */
function openFile(
  directory: string,
  layer: Layer,
  firstEpochMs: number,
  { sync = 'normal', maxBytes }: SqliteOptions
): Opened {
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
      capSize(db, maxBytes)
      const meta = writer === undefined ? makeTables(db, layer, firstEpochMs) : readMeta(db, file, layer)
      const head = readHead(db, file)
      if (beside === 'unreadable') throw new StoreDamage(headPath, 'it is not as it was written')
      if (beside === undefined && head.commits > 0) {
        throw new StoreDamage(headPath, `it is gone, so that nobody can say whether the end of ${file} is there`)
      }
      if (beside !== undefined && beside.store !== meta.store)
        throw new StoreDamage(headPath, `it belongs to another file than ${file}`)
      const why = beside === undefined ? undefined : behind(head, beside, meta.epochMs)
      if (why !== undefined) throw new StoreDamage(file, why)
      const { accounts, places } = readAccounts(db, file)
      const foreign = foreignSnapshot(db, accounts)
      if (foreign !== undefined) throw new Error(foreignRefusal(`${layer}.sqlite`, directory, foreign))
      const missing = missingBy(head, accounts)
      if (missing !== undefined) {
        // Where a row says more, that comes first.
        for (const row of soundRows(db, { file, epochMs: meta.epochMs, accounts })) void row
        throw new StoreDamage(file, missing)
      }
      const headFile = openHeadFile(headPath, meta.store)
      if (beside === undefined || beside.commits < head.commits) headFile.write(head)
      return { db, meta, head, accounts, places, headFile, walAside }
    })
  } catch (error) {
    db.close()
    if (error instanceof StoreDamage) walAside.putBack()
    else walAside.forget()
    throw error
  }
}
