import type { WireEntry } from './system.ts'

/** How a run ended, for each party. */
export interface Outcome {
  readonly host: 'running' | 'panicked'
  readonly firmware: 'running' | 'panicked'
  readonly vm: string
  readonly guest: 'running' | 'panicked'
  /** What became of each guest task that touched memory, by its command name or pid. */
  readonly tasks: Readonly<Record<string, string>>
  /** SIGBUS codes that the VMM's process got, in order. */
  readonly signals: readonly string[]
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

type Fields = Readonly<Record<string, unknown>>
const fieldsOf = (entry: WireEntry) => entry.data as Fields
const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

/** Reads a run's outcome out of its journal. */
export function outcomeOf(journal: readonly WireEntry[]): Outcome {
  const notes = (type: string) => journal.filter((entry) => entry.kind === 'note' && entry.type === type)
  const messages = (type: string) => journal.filter((entry) => entry.kind === 'message' && entry.type === type)
  const guestPanicked = messages('vcpu.exit').some((entry) => fieldsOf(entry)['reason'] === 'panic')
  const ended = notes('vm.ended').at(-1)
  return {
    host: notes('host.panic').length > 0 ? 'panicked' : 'running',
    firmware: notes('firmware.panic').length > 0 ? 'panicked' : 'running',
    vm: ended === undefined ? 'running' : textOf(fieldsOf(ended)['state']),
    guest: guestPanicked ? 'panicked' : 'running',
    tasks: tasksOf(messages('task.create'), messages('task.access'), notes('guest.access')),
    signals: messages('signal.deliver').map((entry) => textOf(fieldsOf(entry)['codeName'])),
    poisonedPages: { host: poisoned(notes('host.trace')), guest: poisoned(notes('guest.trace')) },
    avoidablePanic: guestPanicked && tookSError(notes('guest.flow')) && recoverable(messages),
    silentCorruption: corrupted(journal),
    livelock: notes('livelock').length + notes('host.livelock').length > 0 || spinning(journal),
    mismatches: mismatchesOf(messages('exception.take'), notes('guest.flow'))
  }
}

/** The outcome of each task's last access; `unfinished` when the run ended before that access did. */
function tasksOf(
  created: readonly WireEntry[],
  asked: readonly WireEntry[],
  finished: readonly WireEntry[]
): Record<string, string> {
  const tasks: Record<string, string> = {}
  for (const { pid, comm } of created.map(fieldsOf)) {
    const own = (entries: readonly WireEntry[]) => entries.map(fieldsOf).filter((access) => access['pid'] === pid)
    const last = own(finished).at(-1)
    const outcome = own(asked).length > own(finished).length ? 'unfinished' : last?.['outcome']
    tasks[textOf(comm)] = outcome === undefined ? 'untouched' : textOf(outcome)
  }
  return tasks
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

/** An access completed on a guest page that had been reported lost before. */
function corrupted(journal: readonly WireEntry[]): boolean {
  const lost = new Set<string>()
  for (const entry of journal) {
    const fields = fieldsOf(entry)
    if (entry.kind === 'note' && entry.type === 'policy.asked' && typeof fields['guestPhysical'] === 'string') {
      lost.add(pageOf(fields['guestPhysical']))
    }
    if (entry.kind === 'message' && entry.type === 'access.complete' && entry.to === 'guest') {
      const access = fields['access'] as Fields | undefined
      if (access !== undefined && access['access'] !== 'store' && lost.has(pageOf(textOf(access['physical']))))
        return true
    }
  }
  return false
}

const PAGE_BITS = 12n
const pageOf = (address: string) => (BigInt(address) >> PAGE_BITS).toString(16)

/** A PE was left re-taking one abort at the end of the run: nothing in its context happened after that. */
function spinning(journal: readonly WireEntry[]): boolean {
  const last = journal.findLastIndex((entry) => entry.kind === 'note' && entry.type === 'pe.spin')
  if (last < 0) return false
  const context = fieldsOf(journal[last] as WireEntry)['context']
  const going = ['exception.take', 'access.complete', 'memory.access']
  return !journal
    .slice(last + 1)
    .some((entry) => entry.kind === 'message' && going.includes(entry.type) && contextOf(fieldsOf(entry)) === context)
}

type Who = Partial<Record<'vm' | 'vcpu' | 'pid' | 'tid', string | number>>

/** The hardware's name of whoever made an access. */
function contextOf(fields: Fields): string {
  const { vm, vcpu, pid, tid } = (fields['interrupted'] ?? fields['access'] ?? fields) as Who
  return vm === undefined ? `pid${pid}/${tid ?? pid}` : `${vm}/vcpu${vcpu}`
}
