import type { Fields } from '../contracts/fields.ts'
import { processesOf, tasksOf, type Actor } from './actors.ts'
import type { WireEntry } from './entry.ts'

/** How a run ended, for each party. */
export interface Outcome {
  readonly host: 'running' | 'panicked'
  readonly firmware: 'running' | 'panicked'
  /** State of the VM, of the first one if there are more. */
  readonly vm: string
  /** State of each VM by name; what its VMM says of it. */
  readonly vms: Readonly<Record<string, string>>
  readonly guest: 'running' | 'panicked'
  /** What became of each guest task, by its command name: how its last access ended. */
  readonly tasks: Readonly<Record<string, string>>
  /** The same for the host's own processes, VMMs not among them. */
  readonly processes: Readonly<Record<string, string>>
  /** SIGBUS codes that the VMM's process got, in order. */
  readonly signals: readonly string[]
  /** Signals that reached each task, and each process, in order. */
  readonly taskSignals: Readonly<Record<string, readonly string[]>>
  readonly processSignals: Readonly<Record<string, readonly string[]>>
  readonly poisonedPages: { readonly host: number; readonly guest: number }
  /** The guest panicked on an SError although the error was contained, had an address and hit a user access. */
  readonly avoidablePanic: boolean
  /** A task went on with something else than its data. */
  readonly silentCorruption: boolean
  readonly livelock: boolean
  /** Where the guest was told another exception than the hardware raised. */
  readonly mismatches: readonly Mismatch[]
}

export interface Mismatch {
  readonly hardware: 'SEA' | 'SError'
  readonly guest: 'SEA' | 'SEI'
}

/** An answer that nobody gave has no data. */
const fieldsOf = (entry: WireEntry) => (entry.data ?? {}) as Fields
const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

/** Reads a run's outcome out of its journal. */
export function outcomeOf(journal: readonly WireEntry[]): Outcome {
  const notes = (type: string) => journal.filter((entry) => entry.kind === 'note' && entry.type === type)
  const messages = (type: string) => journal.filter((entry) => entry.kind === 'message' && entry.type === type)
  const guestPanicked = messages('vcpu.exit').some((entry) => fieldsOf(entry)['reason'] === 'panic')
  const vms = vmsOf(journal)
  const tasks = tasksOf(journal)
  const processes = processesOf(journal)
  return {
    host: notes('host.panic').length > 0 ? 'panicked' : 'running',
    firmware: notes('firmware.panic').length > 0 ? 'panicked' : 'running',
    vm: Object.values(vms)[0] ?? 'running',
    vms,
    guest: guestPanicked ? 'panicked' : 'running',
    tasks: byName(tasks, ({ ending }) => ending),
    processes: byName(processes, ({ ending }) => ending),
    signals: messages('signal.deliver').map((entry) => textOf(fieldsOf(entry)['codeName'])),
    taskSignals: byName(tasks, ({ signals }) => signals),
    processSignals: byName(processes, ({ signals }) => signals),
    poisonedPages: { host: poisoned(notes('host.trace')), guest: poisoned(notes('guest.trace')) },
    avoidablePanic: guestPanicked && tookSError(notes('guest.flow')) && recoverable(messages),
    silentCorruption: corrupted(journal),
    livelock: notes('livelock').length + notes('host.livelock').length > 0 || spinning(journal),
    mismatches: mismatchesOf(messages('exception.take'), notes('guest.flow'))
  }
}

function byName<T>(actors: readonly Actor[], part: (actor: Actor) => T): Record<string, T> {
  return Object.fromEntries(actors.map((actor) => [actor.name, part(actor)]))
}

/** The last word about each VM: running since it was made or reset, or the state it ended in. */
function vmsOf(journal: readonly WireEntry[]): Record<string, string> {
  const vms: Record<string, string> = {}
  for (const entry of journal) {
    const { vm, state } = fieldsOf(entry) as { vm?: string; state?: string }
    if (vm === undefined) continue
    if (entry.kind === 'message' && (entry.type === 'vm.create' || entry.type === 'vm.reset')) vms[vm] = 'running'
    if (entry.kind === 'note' && entry.type === 'vm.ended') vms[vm] = state ?? 'ended'
  }
  return vms
}

/** Frames that memory_failure() took out of use, each counted once however often it was reported. */
function poisoned(traces: readonly WireEntry[]): number {
  const frames = traces.map(fieldsOf).flatMap(({ event, text }) => {
    const pfn = /^pfn (0x[0-9a-f]+): .*: (?:Recovered|Delayed)$/.exec(textOf(text))?.[1]
    return event === 'memory_failure_event' && pfn !== undefined ? [pfn] : []
  })
  return new Set(frames).size
}

/** SEA and SEI as the guest ran them against what the PE raised first; an interrupt or a poll is no exception. */
function mismatchesOf(taken: readonly WireEntry[], flows: readonly WireEntry[]): Mismatch[] {
  const raised = taken.map(fieldsOf).find(({ exception }) => exception === 'SEA' || exception === 'SError')
  const hardware = raised?.['exception'] as Mismatch['hardware'] | undefined
  const told = new Set(flows.map((entry) => fieldsOf(entry)['flow']))
  if (hardware === 'SEA' && told.has('SEI')) return [{ hardware, guest: 'SEI' }]
  if (hardware === 'SError' && told.has('SEA')) return [{ hardware, guest: 'SEA' }]
  return []
}

/** The last exception that the guest took was an SError. */
function tookSError(flows: readonly WireEntry[]): boolean {
  const exceptions = flows.map((entry) => fieldsOf(entry)['flow']).filter((flow) => flow === 'SEA' || flow === 'SEI')
  return exceptions.at(-1) === 'SEI'
}

/** Linux would have survived the fault as an SEA: contained, its address known, consumed by a task in user mode. */
function recoverable(messages: (type: string) => readonly WireEntry[]): boolean {
  const errors = messages('error.inject').map(fieldsOf)
  const contained = errors.every(
    (error) => error['severity'] === 'recoverable' && error['containment'] === 'UER' && error['addressValid'] !== false
  )
  return errors.length > 0 && contained && messages('memory.access').every((entry) => fieldsOf(entry)['el'] === 0)
}

/** A guest read memory that was replaced under it, and got on with zeroes in place of its data. */
function corrupted(journal: readonly WireEntry[]): boolean {
  let replaced: readonly { vm: unknown; start: bigint; end: bigint }[] = []
  for (const entry of journal) {
    const fields = fieldsOf(entry)
    // A cold start promises nobody the data from before.
    if (entry.kind === 'message' && entry.type === 'guest.reset')
      replaced = replaced.filter(({ vm }) => vm !== fields['vm'])
    if (entry.kind === 'note' && entry.type === 'memory.replaced') {
      const start = BigInt(textOf(fields['guestPhysical']))
      replaced = [...replaced, { vm: fields['vm'], start, end: start + BigInt(textOf(fields['length'])) }]
    }
    if (replaced.length === 0 || entry.type !== 'access.complete' || entry.to !== 'guest') continue
    const access = (fields['access'] ?? {}) as Fields
    if (access['access'] === 'store') continue
    const physical = BigInt(textOf(access['physical']))
    if (replaced.some(({ vm, start, end }) => vm === fields['vm'] && physical >= start && physical < end)) return true
  }
  return false
}

/** A PE was left re-taking one abort at the end of the run: nothing in its context happened after that. */
function spinning(journal: readonly WireEntry[]): boolean {
  const last = journal.findLastIndex((entry) => entry.kind === 'note' && entry.type === 'pe.spin')
  if (last < 0) return false
  const context = fieldsOf(journal[last] as WireEntry)['context']
  const going = ['exception.take', 'access.complete', 'memory.access', 'guest.access', 'host.access']
  return !journal.slice(last + 1).some((entry) => going.includes(entry.type) && contextOf(fieldsOf(entry)) === context)
}

type Who = Partial<Record<'vm' | 'vcpu' | 'pid' | 'tid', string | number>>

/** The hardware's name of whoever made an access. */
function contextOf(fields: Fields): string {
  const inner = fields['interrupted'] ?? fields['access']
  const { vm, vcpu, pid, tid } = (typeof inner === 'object' ? inner : fields) as Who
  return vm === undefined ? `pid${pid}/${tid ?? pid}` : `${vm}/vcpu${vcpu}`
}
