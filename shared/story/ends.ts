import { signalName } from '../contracts/notes/kernel.ts'
import { SIGBUS } from '../formats/siginfo.ts'
import type { Causes } from '../trace/causes.ts'
import type { WireEntry } from '../trace/entry.ts'
import type { Cast, Party } from './cast.ts'
import type { EntryRef } from './entry-ref.ts'
import { words, type Part, type Phrase } from './phrase.ts'
import { isAlive, type StateChange, type States } from './states.ts'

/** How one party ended by itself, or was stopped for good. */
export interface End extends EntryRef {
  readonly party: Party
  readonly state: string
  /** What follows the names of those that ended so: ` was killed by `, for one or for several. */
  readonly says: (isOne: boolean) => Phrase
  /** What it ended by, where there is a word for it: a signal, a text of the kernel's. */
  readonly cause?: Part
  /** It runs again by now. */
  readonly isUndone: boolean
}

/** How those of a run ended that did not only go with something else, in order. */
export function endsOf(
  journal: readonly WireEntry[],
  { cast, changes }: States,
  causes: Causes,
  isAvoidable: boolean
): readonly End[] {
  const last = new Map(changes.map((change) => [change.party, change]))
  const at = new Map(journal.map((entry, index) => [entry.order ?? index + 1, entry]))
  return changes.flatMap((change) => {
    const now = last.get(change.party)
    const isLast = now === change
    const party = cast.party(change.party)
    // What went along is told with what it went with; who panicked or was killed is told though it runs again by now.
    if (change.with !== undefined || (!isLast && !(now?.isAlive === true && CAN_BE_UNDONE.has(change.state)))) return []
    const entry = at.get(change.order)
    const told = entry && TELL[party.kind]({ entry, change, cast, causes, isAvoidable })
    if (told === undefined) return []
    return [
      {
        ...told,
        party,
        state: change.state,
        order: change.order,
        id: change.id,
        isUndone: now?.isAlive === true && now.state !== 'stuck'
      }
    ]
  })
}

const CAN_BE_UNDONE: ReadonlySet<string> = new Set(['panicked', 'killed', 'oops'])

interface Ended {
  readonly entry: WireEntry
  readonly change: StateChange
  readonly cast: Cast
  readonly causes: Causes
  readonly isAvoidable: boolean
}
type Told = Pick<End, 'says' | 'cause'> | undefined
type Tell = (ended: Ended) => Told

const by = (verb: string, cause: Part): Told => ({
  says: (isOne) => [{ text: ` ${isOne ? 'was' : 'were'} ${verb} by ` }, cause],
  cause
})
const saying = (text: string, cause: Part): Told => ({ says: () => [{ text: ` ${text}: ` }, cause], cause })
const plain = (text: string): Told => ({ says: () => words(` ${text}`) })
const causeAt = (text: string, { order, id }: EntryRef): Part => ({ text, role: 'cause', entry: { order, id } })

/** A task or a process. */
const tellActor: Tell = ({ entry, change, cast }) => {
  const party = cast.party(change.party)
  const { info, signal, takes, error, because } = entry.data as Partial<ActorData>
  switch (change.state) {
    case 'killed': {
      const name = info === undefined ? signalName({ signo: signal ?? 0, code: 0 }) : signalName(info)
      return by('killed', causeAt(name, change))
    }
    case 'oops':
      return plain(`died in an oops of the ${party.kind === 'task' ? 'guest' : 'host'} kernel`)
    case 'stuck': {
      const why = takes === undefined ? (because ?? 'it waits') : `${takes} times the same ${error}`
      return {
        says: (isOne) => [{ text: ` make${isOne ? 's' : ''} no progress: ` }, causeAt(why, change)],
        cause: causeAt(why, change)
      }
    }
  }
  return undefined
}

interface ActorData {
  readonly info: { readonly signo: number; readonly code: number }
  readonly signal: number
  readonly takes: number
  readonly error: string
  readonly because: string
}

const tellGuest: Tell = ({ entry, change, isAvoidable }) => {
  const { detail } = entry.data as { detail?: string }
  if (change.state === 'off') return plain('was switched off')
  if (change.state !== 'panicked') return undefined
  if (isAvoidable)
    return {
      says: () => [{ text: ' panicked on ' }, causeAt('an SError that it could have survived', change)],
      cause: causeAt('SError', change)
    }
  return detail === undefined ? plain('panicked') : saying('panicked', causeAt(detail, change))
}

/** VMs whose guest has ended by itself are told by that. */
const tellVm: Tell = ({ entry, change, causes }) => {
  const { because, code, signal } = entry.data as { because?: string; code?: number; signal?: number }
  const why = (text: string): Phrase =>
    because === undefined ? words(text) : [{ text: `${text}: ` }, causeAt(because, change)]
  switch (change.state) {
    case 'killed': {
      const name = signalOf(entry, { signal, code }, causes)
      if (name === undefined)
        return { says: () => why(code === undefined ? ' was killed' : ` ended with exit code ${code}`) }
      const cause = causeAt(name, change)
      return {
        says: () => [{ text: ' was killed by ' }, cause, ...(because === undefined ? [] : [{ text: ` (${because})` }])],
        cause
      }
    }
    case 'stopped':
      return { says: () => why(' stopped its VM') }
    case 'failed':
      return { says: () => why(' failed') }
  }
  return undefined
}

/** The signal that a VMM died of, by the code of the one that led to it if it was that; none where it exited. */
function signalOf(
  entry: WireEntry,
  { signal, code }: { signal: number | undefined; code: number | undefined },
  causes: Causes
) {
  const sent = causes.ancestors(entry).find(({ kind, type }) => kind === 'message' && type === 'signal.deliver')
  const { signo, codeName, killed } = (sent?.data ?? {}) as { signo?: number; codeName?: string; killed?: boolean }
  const wasThat = signal === undefined ? killed === true && code === undefined : signal === SIGBUS && signo === SIGBUS
  if (wasThat && codeName !== undefined) return codeName
  return signal === undefined ? undefined : signalName({ signo: signal, code: 0 })
}

const tellHost: Tell = ({ entry, change }) => {
  const { text } = entry.data as { text?: string }
  if (change.state !== 'panicked') return undefined
  return text === undefined ? plain('panicked') : saying('panicked', causeAt(text, change))
}

const tellFirmware: Tell = ({ entry, change }) => {
  const { because } = entry.data as { because?: string }
  if (isAlive(change.state)) return undefined
  return because === undefined
    ? plain('stopped the platform')
    : saying('stopped the platform', causeAt(because, change))
}

const TELL: Readonly<Record<Party['kind'], Tell>> = {
  firmware: tellFirmware,
  host: tellHost,
  vm: tellVm,
  guest: tellGuest,
  task: tellActor,
  process: tellActor
}
