import type { Fields } from '../contracts/fields.ts'
import { Causes } from '../trace/causes.ts'
import type { WireEntry } from '../trace/entry.ts'
import { partiesOf } from '../trace/parties.ts'
import { waitChange } from '../trace/waits.ts'
import { Cast, FIRMWARE, guestId, HOST, vmId, type Party } from './cast.ts'
import { refOf, type EntryRef } from './entry-ref.ts'

/**
 * How a party stands. Firmware: `running`, `panicked`. Host: `running`, `panicked`, `halted` (by firmware). VM: `running` or
 * how its VMM says that it ended. Guest: as an outcome has it. Tasks and processes: `running`; `told`, a signal's handler
 * ran; `stuck`, in a livelock; `killed`; `oops`; `exited`; `lost`, with the kernel under it.
 */
export interface StateChange extends EntryRef {
  readonly party: string
  readonly state: string
  readonly isAlive: boolean
  /** What it stands on and ended with, by id; absent where the entry is about the party itself. */
  readonly with?: string
}

/** Who takes part in a run, and how each came to stand as it does, in order. */
export interface States {
  readonly cast: Cast
  readonly changes: readonly StateChange[]
}

const ALIVE: ReadonlySet<string> = new Set(['running', 'told', 'stuck', 'migrated'])
export const isAlive = (state: string): boolean => ALIVE.has(state)

/** The states of all parties over a run. What stands on something that has ended has ended too, from that entry on. */
export function statesOf(journal: readonly WireEntry[]): States {
  const { changes } = partiesOf(journal)
  const cast = new Cast(journal, changes)
  const reader = new StateReader(journal, cast)
  const byEntry = Map.groupBy(changes, ({ at }) => at)
  for (const [at, entry] of journal.entries()) {
    reader.at(entry, at)
    for (const { party, name, state, wentAlong } of byEntry.get(at) ?? []) {
      const id = party === 'vm' ? vmId(name) : party === 'guest' ? guestId(name) : party
      reader.change(id, state, wentAlong === true)
    }
    reader.read()
  }
  return { cast, changes: reader.changes }
}

/** How each party stands after an entry, by its place from 1; of one that nothing has been said of yet, nothing. */
export function statesAt({ changes }: States, order: number): ReadonlyMap<string, StateChange> {
  const states = new Map<string, StateChange>()
  for (const change of changes) {
    if (change.order > order) break
    states.set(change.party, change)
  }
  return states
}

class StateReader {
  readonly changes: StateChange[] = []
  readonly #journal: readonly WireEntry[]
  readonly #cast: Cast
  readonly #now = new Map<string, string>()
  /** Who is stuck, by the wait that says so, and what it was before. */
  readonly #stuck = new Map<string, { readonly party: string; readonly before: string }>()
  #causes: Causes | undefined
  #entry!: WireEntry
  #ref!: EntryRef

  constructor(journal: readonly WireEntry[], cast: Cast) {
    this.#journal = journal
    this.#cast = cast
    const [first] = journal
    if (first === undefined) return
    this.at(first, 0)
    for (const id of [FIRMWARE, HOST]) this.change(id, 'running')
  }

  /** The entry that is read now. */
  at(entry: WireEntry, at: number): void {
    this.#entry = entry
    this.#ref = refOf(entry, at)
  }

  /** What the entry says of a kernel, a VMM or firmware, and with it of whoever stands on that. */
  change(party: string, state: string, wentAlong = false): void {
    this.#set(party, state, wentAlong ? this.#cast.party(party).parent : undefined)
    const isNewKernel = state === 'running'
    if (isAlive(state) && !isNewKernel) return
    for (const one of this.#cast.under(party)) {
      if (!isActor(one) || !isAlive(this.#now.get(one.id) ?? 'lost')) continue
      // A kernel that starts has none of the tasks from before; a VMM that runs says nothing of them.
      if (isNewKernel && one.parent !== party) continue
      this.#set(one.id, 'lost', party)
    }
  }

  /** What the entry says of a task or a process. */
  read(): void {
    const { kind, type, from, data } = this.#entry
    const fields = (data ?? {}) as Fields
    const { pid, vm } = fields as { pid?: number; vm?: string }
    const actor = pid === undefined ? undefined : this.#cast.byPid(pid, vm)
    if (actor !== undefined && isActor(actor)) {
      const state = stateSaid(kind, type, from, fields)
      if (state !== undefined && (state !== 'told' || isAlive(this.#now.get(actor.id) ?? '')))
        this.#set(actor.id, state)
    }
    this.#readWait()
  }

  #readWait(): void {
    const change = waitChange(this.#entry)
    if (change === undefined) return
    const { name, wait } = change
    const stuck = this.#stuck.get(name)
    if (wait === 'livelock') {
      const party = this.#whoAccesses()
      const before = party === undefined ? undefined : this.#now.get(party)
      if (party === undefined || before === undefined || !isAlive(before) || stuck !== undefined) return
      this.#stuck.set(name, { party, before })
      this.#set(party, 'stuck')
    } else if (stuck !== undefined) {
      this.#stuck.delete(name)
      if (this.#now.get(stuck.party) === 'stuck') this.#set(stuck.party, stuck.before)
    }
  }

  /** Whose access the entry follows from. */
  #whoAccesses(): string | undefined {
    this.#causes ??= new Causes(this.#journal)
    for (const { kind, type, data } of this.#causes.ancestors(this.#entry)) {
      if (kind !== 'message' || (type !== 'task.access' && type !== 'process.access')) continue
      const { pid, vm } = data as { pid: number; vm?: string }
      return this.#cast.byPid(pid, vm)?.id
    }
    return undefined
  }

  #set(party: string, state: string, along?: string): void {
    if (this.#now.get(party) === state) return
    this.#now.set(party, state)
    const change = { party, state, isAlive: isAlive(state), ...this.#ref }
    this.changes.push(along === undefined ? change : { ...change, with: along })
  }
}

const isActor = ({ kind }: Party): boolean => kind === 'task' || kind === 'process'

const SIGNALS: ReadonlySet<string> = new Set(['guest.signal', 'host.signal'])
const ACCESSES: ReadonlySet<string> = new Set(['guest.access', 'host.access'])

/** What an entry that names a task or a process says of it. */
function stateSaid(kind: WireEntry['kind'], type: string, from: WireEntry['from'], data: Fields): string | undefined {
  if (kind === 'message') {
    if ((type === 'task.create' || type === 'process.create') && from === 'outside') return 'running'
    return type === 'process.exit' ? (data['signal'] === undefined ? 'exited' : 'killed') : undefined
  }
  if (kind !== 'note') return undefined
  if (SIGNALS.has(type)) {
    return data['effect'] === 'killed' ? 'killed' : data['effect'] === 'handler' ? 'told' : undefined
  }
  if (ACCESSES.has(type)) return data['outcome'] === 'oops' ? 'oops' : undefined
  return undefined
}
