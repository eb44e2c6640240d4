import { guestFlow, guestSignal } from '../contracts/notes/guest.ts'
import { hostSignal } from '../contracts/notes/host-kernel.ts'
import { signalDeliver } from '../contracts/vmm.ts'
import { guestId, HOST, FIRMWARE, vmId } from '../story/cast.ts'
import { statesOf, type StateChange, type States } from '../story/states.ts'
import type { WireEntry } from '../trace/entry.ts'
import { SETS_PG_HWPOISON } from '../trace/poisoned-pages.ts'

/** So many entries are enough to see where something came from. */
const MOST = 3

/**
 * The entries that made a part of an outcome what it is, the first that happened first; nothing where that follows from no entry.
 * `path` is the part as a scenario names it: `expect.tasks.redis`.
 */
export function cameFrom(path: string, journal: readonly WireEntry[]): readonly WireEntry[] {
  const [, field = '', name = ''] = path.split('.')
  const states = statesOf(journal)
  const changes = changesBehind(field, name, states)
  const entries =
    changes === undefined
      ? journal.filter(entriesBehind(field, name, pidsOf(name, states)))
      : changes.flatMap(({ order }) => journal[indexOf(order, journal)] ?? [])
  return [...new Set(entries)].slice(-MOST)
}

/** An order is a place in the journal, or what its entries say of that themselves. */
function indexOf(order: number, journal: readonly WireEntry[]): number {
  const at = journal.findIndex((entry) => entry.order === order)
  return at < 0 ? order - 1 : at
}

/** How the parties that a field is about came to stand as they do; undefined of a field that is about something else. */
function changesBehind(field: string, name: string, { changes }: States): readonly StateChange[] | undefined {
  const of = (isMeant: (party: string) => boolean) => {
    const all = changes.filter(({ party }) => isMeant(party))
    const ends = all.filter(({ isAlive }) => !isAlive)
    return (ends.length === 0 ? all : ends).slice(-1)
  }
  switch (field) {
    case 'host':
      return of((party) => party === HOST)
    case 'firmware':
      return of((party) => party === FIRMWARE)
    case 'vm':
    case 'guest':
      return of((party) => party.startsWith(`${field}/`))
    case 'vms':
      return of((party) => party === vmId(name))
    case 'guests':
      return of((party) => party === guestId(name))
    case 'tasks':
    case 'processes':
      return of((party) => party.split('/').at(-1) === name && /^(?:task|process)\//.test(party))
    case 'cell':
    case 'panics':
    case 'avoidablePanic':
    case 'livelock':
      return changes.filter(({ isAlive, state, with: under }) => (!isAlive || state === 'stuck') && under === undefined)
    default:
      return undefined
  }
}

const pidsOf = (name: string, { cast }: States): ReadonlySet<number | undefined> =>
  new Set(cast.parties.filter((party) => party.name === name).map(({ pid }) => pid))

/** Which entries the other fields are read from. */
function entriesBehind(
  field: string,
  name: string,
  pids: ReadonlySet<number | undefined>
): (entry: WireEntry) => boolean {
  const isOf = ({ data }: WireEntry) => pids.has((data as { readonly pid?: number } | null)?.pid)
  switch (field) {
    case 'signals':
      return ({ kind, type }) => kind === 'message' && type === signalDeliver.type
    case 'taskSignals':
      return (entry) => entry.kind === 'note' && entry.type === guestSignal.type && isOf(entry)
    case 'processSignals':
      return (entry) => entry.kind === 'note' && entry.type === hostSignal.type && isOf(entry)
    case 'poisonedPages':
      return ({ kind, type, data }) =>
        kind === 'note' &&
        (name === '' || type === `${name}.step`) &&
        SETS_PG_HWPOISON.has((data as { readonly name?: string }).name ?? '')
    case 'mismatches':
      return ({ kind, type }) => kind === 'note' && type === guestFlow.type
    default:
      return () => false
  }
}
