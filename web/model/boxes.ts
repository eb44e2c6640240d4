import type { Party } from '../../shared/story/cast.ts'
import { statesAt, type StateChange, type States } from '../../shared/story/states.ts'

/** A party of a run at a moment, with those that run on it. */
export interface Box {
  readonly id: string
  readonly name: string
  /** How it is, in a word or two. */
  readonly state: string
  /** `gone`: not by its own end, or by a quiet one. */
  readonly look: 'alive' | 'dead' | 'gone' | 'stuck'
  /** Place of the entry that made it so; absent while it is as it began. */
  readonly since: number | undefined
  readonly within: readonly Box[]
}

/** Ends that nobody would call a death. */
const QUIET: ReadonlySet<string> = new Set(['off', 'reset', 'exited', 'migrated', 'guest-panicked'])

const WORDS: Readonly<Record<string, string>> = {
  halted: 'stopped by firmware',
  told: 'told, goes on',
  stuck: 'makes no progress',
  'guest-panicked': 'its guest panicked'
}

/** Who is there after an entry, by its place from 1: the host, and on it its VMMs and processes, guests in VMMs, tasks in guests. */
export function boxesAt(states: States, place: number): readonly Box[] {
  const now = statesAt(states, place)
  const parties = states.cast.parties.filter(({ made }) => made === undefined || made.order <= place)
  const under = (parent: string | undefined): readonly Box[] =>
    parties.filter((party) => party.parent === parent).map((party) => boxOf(party, now.get(party.id), under(party.id)))
  // Firmware is under everything, and is seen by what it does.
  const [firmware] = under(undefined)
  return firmware?.within ?? []
}

function boxOf(party: Party, change: StateChange | undefined, within: readonly Box[]): Box {
  const { id } = party
  const state = change?.state ?? 'running'
  const isAlive = change?.isAlive ?? true
  const look = state === 'stuck' ? 'stuck' : isAlive ? 'alive' : isQuiet(change) ? 'gone' : 'dead'
  const since = state === 'running' ? undefined : change?.order
  return { id, name: nameOf(party), state: WORDS[state] ?? state, look, since, within }
}

const isQuiet = (change: StateChange | undefined) =>
  change !== undefined && ((change.with !== undefined && change.state !== 'halted') || QUIET.has(change.state))

function nameOf({ kind, name, vm }: Party): string {
  switch (kind) {
    case 'firmware':
      return 'firmware'
    case 'host':
      return 'host'
    case 'vm':
      return `VMM, ${vm ?? ''}`
    case 'guest':
      return 'guest kernel'
    case 'task':
    case 'process':
      return name
  }
}
