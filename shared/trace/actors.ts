import type { Fields } from '../contracts/fields.ts'
import { ACCESS_OUTCOMES, signalName } from '../contracts/notes/kernel.ts'
import type { WireEntry } from './entry.ts'

/** How the tasks of guests and the processes of the host ended, read out of a journal. */

/** An answer that nobody gave has no data. */
const fieldsOf = (entry: WireEntry) => (entry.data ?? {}) as Fields

/** How one kind of actor shows in the journal. */
interface Kind {
  readonly created: string
  readonly asked: string
  readonly finished: string
  readonly signalled: string
}
const TASK: Kind = {
  created: 'task.create',
  asked: 'task.access',
  finished: 'guest.access',
  signalled: 'guest.signal'
}
const PROCESS: Kind = {
  created: 'process.create',
  asked: 'process.access',
  finished: 'host.access',
  signalled: 'host.signal'
}

/** How the last access of an actor can have ended, or that there was none, or that it has not ended. */
export const ENDINGS = [...ACCESS_OUTCOMES, 'untouched', 'unfinished'] as const

export interface Actor {
  /** Its command name; behind that of its VM where tasks of several VMs are called the same. */
  readonly name: string
  readonly comm: string
  readonly pid: number
  /** Of a task. */
  readonly vm?: string
  /** Place in the journal of what made it, from 0. */
  readonly at: number
  /** Of its last access; `untouched` before the first, `unfinished` when the run ended before the access did. */
  readonly ending: string
  /** Signals that reached it, by name, in order. */
  readonly signals: readonly string[]
}

export const tasksOf = (journal: readonly WireEntry[]): readonly Actor[] => actorsOf(journal, TASK)

/** Processes that are no VMM, whoever serves that: a VMM is who has made a VM. */
export function processesOf(journal: readonly WireEntry[]): readonly Actor[] {
  const vmms = new Set(journal.filter(({ type }) => type === 'kvm.create-vm').map((entry) => fieldsOf(entry)['pid']))
  return actorsOf(journal, PROCESS, (fields) => !vmms.has(fields['pid']))
}

/** What a journal says of one pid, in order. */
interface Own {
  readonly entry: WireEntry
  readonly at: number
}

function actorsOf(
  journal: readonly WireEntry[],
  kind: Kind,
  counts: (fields: Fields) => boolean = () => true
): readonly Actor[] {
  const latest = new Map<string, { readonly at: number; readonly fields: Fields }>()
  const types = new Set([kind.asked, kind.finished, kind.signalled])
  // Gone through once: there may be many actors, and many entries.
  const own = new Map<string, Own[]>()
  for (const [at, entry] of journal.entries()) {
    const fields = fieldsOf(entry)
    if (entry.kind !== 'refusal' && types.has(entry.type)) {
      const known = own.get(keyOf(fields))
      if (known === undefined) own.set(keyOf(fields), [{ entry, at }])
      else known.push({ entry, at })
    }
    if (entry.kind !== 'message' || entry.type !== kind.created || entry.from !== 'outside' || !counts(fields)) continue
    const { vm, comm } = fields
    latest.set(JSON.stringify([vm, comm]), { at, fields })
  }
  const made = [...latest.values()]
  const called = Map.groupBy(made, ({ fields }) => fields['comm'])
  return made.map(({ at, fields }) => {
    const { vm, comm } = fields
    const isShared = called.get(comm)?.some((other) => other.fields['vm'] !== vm) === true
    const name = isShared ? `${String(vm)}/${String(comm)}` : String(comm)
    const since = (own.get(keyOf(fields)) ?? []).filter((one) => one.at >= at).map(({ entry }) => entry)
    return actorOf(name, fields, since, kind, at)
  })
}

const keyOf = ({ pid, vm }: Fields): string => JSON.stringify([pid, vm])

/** The story of one actor since it was (last) made; a cold start makes a new one of the same name. */
function actorOf(name: string, { pid, vm, comm }: Fields, since: readonly WireEntry[], kind: Kind, at: number): Actor {
  const of = (type: string) => since.filter((entry) => entry.type === type)
  const finished = of(kind.finished)
  const asked = of(kind.asked).filter((entry) => entry.kind === 'message')
  const signals = of(kind.signalled).map(fieldsOf)
  const last = finished.at(-1)
  const outcome = last === undefined ? undefined : String(fieldsOf(last)['outcome'])
  const wasKilled = signals.some(({ effect }) => effect === 'killed')
  const ending =
    outcome === 'oops'
      ? outcome
      : wasKilled
        ? 'killed'
        : asked.length > finished.length
          ? 'unfinished'
          : (outcome ?? 'untouched')
  const reached = signals.filter(({ effect }) => effect === 'handler' || effect === 'killed')
  const made = { comm: String(comm), pid: Number(pid), at, ...(vm === undefined ? {} : { vm: vm as string }) }
  return { name, ...made, ending, signals: reached.map(({ info }) => nameOf(info as Fields)) }
}

const nameOf = ({ signo, code }: Fields): string => signalName({ signo: Number(signo), code: Number(code) })
