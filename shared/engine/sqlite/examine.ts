import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import type { Layer } from '../../contracts/layer.ts'
import type { Snapshot } from '../store.ts'
import { onCopy } from './data-file.ts'
import { isBroken, StoreDamage } from './damage.ts'
import { readHeadFile, type Beside } from './head-file.ts'
import { NO_ROWS, sumOfSnapshot, type Account, type Head } from './ledger.ts'
import { behind, Following, missingBy, readAccounts, readHead, type ChainedRow } from './read.ts'
import { foreignSnapshot, type Foreign } from './snapshots.ts'
import { MODELS, readMeta, VERSION, writerOf, type Meta } from './tables.ts'

/** What is sound in a data file and what is not, found without changing it. */

export interface Examined {
  readonly layer: Layer
  readonly file: string
  /** Which tables and models wrote it; undefined when it is no readable database of seabus. */
  readonly writer: { readonly version: number; readonly models: number } | undefined
  readonly meta: Meta | undefined
  /** A snapshot that this seabus cannot go on from, though it is sound. */
  readonly foreign?: Foreign | undefined
  readonly head: Head
  /** What is wrong, in the order in which it was found; none when it is sound. */
  readonly damages: readonly string[]
  readonly machines: ReadonlyMap<string, MachineFound>
  /** Highest position of the journal that any row or snapshot names. */
  readonly last: number
}

/** What there is of a machine. */
export interface MachineFound {
  readonly account: Account | undefined
  readonly snapshot: Snapshot | undefined
  /** Its rows up to the first that is not sound, in their order. */
  readonly sound: readonly ChainedRow[]
  /** Readable rows behind that. */
  readonly unsound: number
}

/** Examines the file of a layer; undefined when there is none. */
export function examine(directory: string, layer: Layer): Examined | undefined {
  const file = join(directory, `${layer}.sqlite`)
  const beside = readHeadFile(join(directory, `${layer}.head`))
  if (!existsSync(file) && beside === undefined) return undefined
  return onCopy(file, (db) => new Examination(db, file, layer, beside).result())
}

class Examination {
  readonly #db: DatabaseSync
  readonly #file: string
  readonly #layer: Layer
  readonly #beside: Beside | undefined | 'unreadable'
  readonly #damages: string[] = []

  constructor(db: DatabaseSync, file: string, layer: Layer, beside: Beside | undefined | 'unreadable') {
    this.#db = db
    this.#file = file
    this.#layer = layer
    this.#beside = beside
  }

  result(): Examined {
    const [file, layer, db] = [this.#file, this.#layer, this.#db]
    const found = { layer, file, meta: undefined, head: NO_ROWS, machines: new Map(), last: 0, damages: this.#damages }
    const writer = this.#tried(() => writerOf(db))
    if (writer?.version !== VERSION || writer.models !== MODELS) {
      if (writer === undefined && this.#damages.length === 0) this.#damages.push('it is empty or gone')
      return { ...found, writer }
    }
    const meta = this.#tried(() => readMeta(db, file, layer))
    const head = this.#tried(() => readHead(db, file)) ?? NO_ROWS
    this.#holdAgainstHeadFile(meta, head)
    const accounts = this.#tried(() => readAccounts(db, file, (what) => this.#damages.push(what)).accounts) ?? new Map()
    const machines = this.#machines(accounts)
    const missing = missingBy(head, accounts)
    // What is behind a row that is not sound is missing because of that.
    if (missing !== undefined && this.#damages.length === 0) this.#damages.push(missing)
    const places = [...machines.values()].flatMap(({ sound, snapshot }) => [
      snapshot?.last ?? 0,
      ...sound.map(({ place }) => place)
    ])
    const foreign = this.#tried(() => foreignSnapshot(db, accounts))
    return { ...found, writer, meta, foreign, head, machines, last: Math.max(head.last, ...places) }
  }

  /** What is read, or undefined with what is wrong noted. */
  #tried<Found>(read: () => Found): Found | undefined {
    try {
      return read()
    } catch (error) {
      if (error instanceof StoreDamage) this.#damages.push(error.what)
      else if (isBroken(error)) this.#damages.push(`SQLite says "${(error as Error).message}"`)
      else throw error
      return undefined
    }
  }

  #holdAgainstHeadFile(meta: Meta | undefined, head: Head): void {
    const beside = this.#beside
    if (beside === 'unreadable') this.#damages.push('the file beside it is not as it was written')
    else if (beside === undefined) {
      if (head.commits > 0) this.#damages.push('the file beside it is gone, which would tell whether its end is there')
    } else if (meta !== undefined && beside.store !== meta.store) {
      this.#damages.push('the file beside it belongs to another')
    } else {
      const why = behind(head, beside, meta?.epochMs ?? 0)
      if (why !== undefined) this.#damages.push(why)
    }
  }

  #machines(accounts: ReadonlyMap<string, Account>): ReadonlyMap<string, MachineFound> {
    const snapshots = this.#snapshots(accounts)
    const following = new Following(accounts)
    const found = new Map<string, { sound: ChainedRow[]; unsound: number; isBroken: boolean }>()
    const of = (machine: string) => {
      let one = found.get(machine)
      if (one === undefined) found.set(machine, (one = { sound: [], unsound: 0, isBroken: false }))
      return one
    }
    this.#tried(() => {
      for (const each of this.#db.prepare('SELECT * FROM log ORDER BY seq').iterate()) {
        const row = each as unknown as ChainedRow
        const one = of(row.machine)
        const wrong = one.isBroken ? 'it stands behind a row that is not sound' : following.take(row)
        if (wrong === undefined) {
          one.sound.push(row)
          continue
        }
        if (!one.isBroken)
          this.#damages.push(`from row ${row.seq} (${row.machine}, ${row.type} ${row.id}) on: ${wrong}`)
        one.isBroken = true
        one.unsound++
      }
    })
    const machines = new Map<string, MachineFound>()
    for (const machine of new Set([...accounts.keys(), ...found.keys()])) {
      const { sound, unsound } = of(machine)
      const account = accounts.get(machine)
      const snapshot = snapshots.get(machine)
      // What comes behind a snapshot is worth nothing without it.
      const isLost = account !== undefined && account.snapshot !== 0 && snapshot === undefined
      const rows = isLost ? { sound: [], unsound: unsound + sound.length } : { sound, unsound }
      machines.set(machine, { account, snapshot, ...rows })
    }
    return machines
  }

  #snapshots(accounts: ReadonlyMap<string, Account>): ReadonlyMap<string, Snapshot> {
    const sound = new Map<string, Snapshot>()
    this.#tried(() => {
      for (const found of this.#db.prepare('SELECT * FROM snapshots ORDER BY machine').iterate()) {
        const { models, ...snapshot } = found as unknown as Snapshot & { readonly models: number }
        const account = accounts.get(snapshot.machine)
        if (account !== undefined && sumOfSnapshot(snapshot, models, account) === account.snapshot) {
          sound.set(snapshot.machine, { ...snapshot })
        }
      }
    })
    for (const [machine, { snapshot }] of accounts) {
      if (snapshot === 0 || sound.has(machine)) continue
      this.#damages.push(`the snapshot of ${machine} is missing or not as it was written`)
    }
    return sound
  }
}
