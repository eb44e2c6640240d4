import { signalName } from '../contracts/notes/kernel.ts'
import { memoryFailureResult } from '../contracts/notes/kernel-steps-mm.ts'
import type { WireEntry } from '../trace/entry.ts'
import { heardAt, isPageLoss, isUntoldRecord, keptAt, stepName } from '../trace/untold.ts'
import { refOf } from './entry-ref.ts'
import { joinedBy, listed, words, type Part, type Phrase } from './phrase.ts'
import { statesAt, type States } from './states.ts'

/** What is to be said of a run in which nobody ended. */
export interface Harmless {
  readonly says: Phrase
  /** Of whom it has been said. */
  readonly told: readonly Part[]
}

/**
 * Who was told and lived on; else what became of the page; else whether anybody heard of an error at all. Only where every
 * access has ended is it known that nobody was hurt.
 */
export function harmless(journal: readonly WireEntry[], states: States, haveAllEnded: boolean): Harmless {
  const unhurt = haveAllEnded ? ', and nobody was hurt' : ''
  const told = toldBy(journal, states)
  if (told.size > 0) {
    const groups = [...Map.groupBy(told.entries(), ([, { signals }]) => [...signals].join(', then '))]
    const says = groups.map(([signals, all]): Phrase => {
      const isOne = all.length === 1
      return [
        ...listed(all.map(([, { part }]) => part)),
        { text: ` ${isOne ? 'was' : 'were'} told by ` },
        { text: signals, role: 'cause', ...entryOf(all[0]?.[1].part) },
        { text: ' and handled it' }
      ]
    })
    return { says: joinedBy(says, ', and '), told: [...told.values()].map(({ part }) => part) }
  }
  const page = pageSays(journal, unhurt)
  if (page !== undefined) return { says: page, told: [] }
  const heard = heardSays(journal, unhurt)
  if (heard !== undefined) return { says: heard, told: [] }
  const untold = untoldSays(journal)
  if (untold !== undefined) return { says: untold, told: [] }
  const isQuiet = !journal.some(isError)
  return {
    says: words(isQuiet ? 'nobody met an error' : `no kernel heard of the error${unhurt}`),
    told: []
  }
}

/** What became of the first page that a kernel marked or took out of use. */
function pageSays(journal: readonly WireEntry[], unhurt: string): Phrase | undefined {
  const at = journal.findIndex(isPageLoss)
  const entry = journal[at]
  if (entry === undefined) return undefined
  const { physical, pfn } = (entry.data as StepData).data
  const result = journal.findLast(
    (other) =>
      other.layer === entry.layer &&
      stepName(other) === memoryFailureResult.name &&
      (other.data as StepData).data.pfn === pfn
  )
  const { result: how } = ((result?.data ?? { data: {} }) as StepData).data
  const verb = how === 'Failed' || how === 'Ignored' ? 'could not give up' : 'gave up'
  const who = entry.layer === 'guest' ? 'the guest' : 'the host'
  const cause: Part = { text: `the page at ${physical}`, role: 'cause', entry: refOf(entry, at) }
  return [{ text: `${who} ${verb} ` }, cause, { text: unhurt }]
}

/** The kernel that heard of an error, if there was one and one did. */
function heardSays(journal: readonly WireEntry[], unhurt: string): Phrase | undefined {
  if (!journal.some(isError)) return undefined
  const heard = heardAt(journal)
  const read = journal[heard]
  if (read === undefined) return undefined
  const who = read.layer === 'guest' ? 'the guest' : 'the host'
  const part: Part = { text: `${who} kernel`, role: 'told', entry: refOf(read, heard) }
  const what = keptAt(journal) < 0 ? 'the error' : 'an error from before it was started'
  return [part, { text: ` took note of ${what}${unhurt}` }]
}

/** Why a record that firmware wrote was never told to anybody. */
function untoldSays(journal: readonly WireEntry[]): Phrase | undefined {
  const at = journal.findIndex(isUntoldRecord)
  const entry = journal[at]
  if (entry === undefined) return undefined
  const { because } = entry.data as { readonly because: string }
  return [{ text: 'nobody was told', role: 'cause', entry: refOf(entry, at) }, { text: ` of the error: ${because}` }]
}

interface StepData {
  readonly data: { readonly physical?: string; readonly pfn?: string; readonly result?: string }
}

const entryOf = (part: Part | undefined) => (part?.entry === undefined ? {} : { entry: part.entry })

interface Told {
  readonly part: Part
  readonly signals: ReadonlySet<string>
}

/** Tasks and processes whose handlers ran, with the signals that they got. */
function toldBy(journal: readonly WireEntry[], states: States): ReadonlyMap<string, Told> {
  const final = statesAt(states, Infinity)
  const told = new Map<string, Told>()
  for (const [at, entry] of journal.entries()) {
    if (entry.kind !== 'note' || (entry.type !== 'guest.signal' && entry.type !== 'host.signal')) continue
    const { pid, vm, info, effect } = entry.data as SignalData
    const party = states.cast.byPid(pid, vm)
    if (party === undefined || effect !== 'handler' || final.get(party.id)?.state !== 'told') continue
    const { part, signals } = told.get(party.id) ?? {
      part: { text: party.name, role: 'told' as const, party: party.id, entry: refOf(entry, at) },
      signals: new Set<string>()
    }
    told.set(party.id, { part, signals: new Set([...signals, signalName(info)]) })
  }
  return told
}

interface SignalData {
  readonly pid: number
  readonly vm?: string
  readonly info: { readonly signo: number; readonly code: number }
  readonly effect: string
}

const ERRORS: ReadonlySet<string> = new Set([
  'error.inject',
  'error-record.submit',
  'einj.inject',
  'boot-errors.install',
  'kvm.set-vcpu-events',
  'error.interrupt',
  'exception.take',
  'apei.notify'
])
const isError = ({ kind, type, data }: WireEntry) =>
  kind === 'message' && ERRORS.has(type) && (data as { exception?: string }).exception !== 'stage-2-fault'
