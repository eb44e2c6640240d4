import type { Fields } from '../contracts/fields.ts'
import { processesOf, tasksOf, type Actor } from './actors.ts'
import { Causes } from './causes.ts'
import type { WireEntry } from './entry.ts'
import { GUEST_STATES, partiesOf, type GuestState, type HostState } from './parties.ts'
import { poisonedPages } from './poisoned-pages.ts'
import { silentCorruption } from './silent-corruption.ts'
import { isUntold } from './untold.ts'
import { waitsOf } from './waits.ts'

/** How a run ended, for each party. Each part follows from typed notes and messages, never from a text. */
export interface Outcome {
  /** `halted`: firmware has stopped the platform under it. */
  readonly host: HostState
  readonly firmware: 'running' | 'panicked'
  /** State of the VM, of the first one if there are more; `none` without one. */
  readonly vm: string
  /** State of each VM by name: what its VMM says of it, or `killed` with its host. */
  readonly vms: Readonly<Record<string, string>>
  /** The worst state of any guest; `none` without one. */
  readonly guest: GuestState | 'none'
  /** State of each guest by the name of its VM. */
  readonly guests: Readonly<Record<string, GuestState>>
  /** How often a kernel panicked, though it may run again by now. */
  readonly panics: { readonly host: number; readonly guest: number }
  /** What became of each guest task, by its command name: how its last access ended. */
  readonly tasks: Readonly<Record<string, string>>
  /** The same for the host's own processes, VMMs not among them. */
  readonly processes: Readonly<Record<string, string>>
  /** SIGBUS codes that VMMs' processes got, in order. */
  readonly signals: readonly string[]
  /** Signals that reached each task, and each process, in order. */
  readonly taskSignals: Readonly<Record<string, readonly string[]>>
  readonly processSignals: Readonly<Record<string, readonly string[]>>
  /** Frames that have PG_hwpoison in the kernels that run now; those of all guests together. */
  readonly poisonedPages: { readonly host: number; readonly guest: number }
  /** A guest panicked on an SError although the error was contained, had an address and hit a user access. */
  readonly avoidablePanic: boolean
  /** A task went on with something else than its data. */
  readonly silentCorruption: boolean
  readonly livelock: boolean
  /** There was an error, and no kernel heard of it. */
  readonly untold: boolean
  /** Where a guest was told another exception than the hardware raised; each kind once. */
  readonly mismatches: readonly Mismatch[]
}

export interface Mismatch {
  readonly hardware: 'SEA' | 'SError'
  readonly guest: 'SEA' | 'SEI'
}

/** An answer that nobody gave has no data. */
const fieldsOf = (entry: WireEntry) => (entry.data ?? {}) as Fields

/** Reads a run's outcome out of its journal; `causes` are those of the journal, where they are known already. */
export function outcomeOf(journal: readonly WireEntry[], causes: Causes = new Causes(journal)): Outcome {
  const notes = (type: string) => journal.filter((entry) => entry.kind === 'note' && entry.type === type)
  const messages = (type: string) => journal.filter((entry) => entry.kind === 'message' && entry.type === type)
  const { host, firmware, vms, guests, panics, guestPanics } = partiesOf(journal)
  const tasks = tasksOf(journal)
  const processes = processesOf(journal)
  const flows = notes('guest.flow')
  return {
    host,
    firmware,
    vm: Object.values(vms)[0] ?? 'none',
    vms,
    guest: worstOf(Object.values(guests)),
    guests,
    panics,
    tasks: byName(tasks, ({ ending }) => ending),
    processes: byName(processes, ({ ending }) => ending),
    signals: messages('signal.deliver').map((entry) => String(fieldsOf(entry)['codeName'])),
    taskSignals: byName(tasks, ({ signals }) => signals),
    processSignals: byName(processes, ({ signals }) => signals),
    poisonedPages: poisonedPages(journal),
    avoidablePanic: guestPanics.some((panic) => isAvoidable(panic, flows, causes)),
    silentCorruption: silentCorruption(journal),
    livelock: [...waitsOf(journal).values()].includes('livelock'),
    untold: isUntold(journal),
    mismatches: mismatchesOf(flows, causes)
  }
}

function byName<T>(actors: readonly Actor[], part: (actor: Actor) => T): Record<string, T> {
  return Object.fromEntries(actors.map((actor) => [actor.name, part(actor)]))
}

const worstOf = (states: readonly GuestState[]): Outcome['guest'] =>
  GUEST_STATES.findLast((state) => states.includes(state)) ?? 'none'

/** Each SEA or SEI that a guest ran, against the exception of the hardware that it follows from, if it follows from one. */
function mismatchesOf(flows: readonly WireEntry[], causes: Causes): readonly Mismatch[] {
  const found = new Map<string, Mismatch>()
  for (const entry of flows) {
    const guest = fieldsOf(entry)['flow'] as Mismatch['guest']
    // An interrupt or a poll is no exception.
    if (guest !== 'SEA' && guest !== 'SEI') continue
    const hardware = raisedBefore(entry, causes)
    if (hardware === undefined || (hardware === 'SEA') === (guest === 'SEA')) continue
    found.set(guest, { hardware, guest })
  }
  return [...found.values()]
}

/** The exception of the hardware that something follows from most closely. */
function raisedBefore(entry: WireEntry, causes: Causes): Mismatch['hardware'] | undefined {
  for (const { kind, type, data } of causes.ancestors(entry)) {
    const { exception } = (data ?? {}) as Fields as { exception?: string }
    const isRaised = kind === 'message' && type === 'exception.take'
    if (isRaised && (exception === 'SEA' || exception === 'SError')) return exception
  }
  return undefined
}

/**
 * A panic on an SError that Linux would have survived as an SEA: all that it follows from is contained errors whose address
 * is known, consumed by tasks in user mode.
 */
function isAvoidable(panic: WireEntry, flows: readonly WireEntry[], causes: Causes): boolean {
  // The panic and the flow that it came of are effects of one entry into the guest.
  const isOnSError = flows.some((flow) => flow.cause === panic.cause && fieldsOf(flow)['flow'] === 'SEI')
  if (!isOnSError) return false
  const messages = causes.ancestors(panic).filter(({ kind }) => kind === 'message')
  const errors = messages.filter(({ type }) => type === 'error.inject').map(fieldsOf)
  const contained = errors.every(
    (error) => error['severity'] === 'recoverable' && error['containment'] === 'UER' && error['addressValid'] !== false
  )
  const accesses = messages.filter(({ type }) => type === 'memory.access')
  return errors.length > 0 && contained && accesses.every((access) => fieldsOf(access)['el'] === 0)
}
