import { processesOf, tasksOf } from '../trace/actors.ts'
import { Causes } from '../trace/causes.ts'
import type { WireEntry } from '../trace/entry.ts'
import { outcomeOf, type Outcome } from '../trace/outcome.ts'
import { corruptedRead } from '../trace/silent-corruption.ts'
import { verdictOf, type Verdict } from '../trace/verdict.ts'
import { betterOf } from './better.ts'
import type { Party } from './cast.ts'
import { Decisions } from './decisions.ts'
import { endsOf, type End } from './ends.ts'
import { refOf, type EntryRef } from './entry-ref.ts'
import { harmless } from './harmless.ts'
import { soFar } from './so-far.ts'
import { joinedBy, listed, textOf, words, type Part, type Phrase } from './phrase.ts'
import { isAlive, statesAt, statesOf, type StateChange, type States } from './states.ts'

/** What came of a run in one sentence, the same for every reader. */
export interface VerdictSentence {
  readonly verdict: Verdict
  /** `redis was killed by BUS_MCEERR_AR; nginx, the guest and the host go on` */
  readonly text: string
  /** The same in parts, each with the entry that it comes from; between two clauses stands `; `. */
  readonly clauses: readonly Phrase[]
  /** Who ended, or makes no progress; those that went with something else behind it. */
  readonly victims: readonly Part[]
  /** What the last of them that ended by itself ended by. */
  readonly cause?: Part
  readonly survivors: readonly Part[]
  /** What would have ended better, where the verdict is that this was avoidable. */
  readonly better?: Part
}

/** What is known besides the journal. */
export interface VerdictFacts {
  /** Of this journal, where it is known already. */
  readonly outcome?: Outcome
  readonly states?: States
  readonly causes?: Causes
  readonly decisions?: Decisions
  /** The run is not over. */
  readonly isRunning?: boolean
}

export function verdictSentence(journal: readonly WireEntry[], facts: VerdictFacts = {}): VerdictSentence {
  const { causes = new Causes(journal), decisions = new Decisions(journal), isRunning = false } = facts
  const { outcome = outcomeOf(journal, causes), states = statesOf(journal) } = facts
  const ends = endsOf(journal, states, causes, outcome.avoidablePanic)
  const final = statesAt(states, Infinity)
  const went = states.cast.parties.filter(({ id, kind }) => kind !== 'host' && isLost(final.get(id)))
  const again = ends.filter(({ isUndone }) => isUndone).map((end) => named(end.party, 'survivor', end))
  const deceived = outcome.silentCorruption ? deceivedBy(journal, states, causes) : []
  const victims = [
    ...deceived,
    ...ends.filter(({ isUndone }) => !isUndone).map((end) => named(end.party, 'victim', end)),
    ...went.map((party) => named(party, 'victim', final.get(party.id)))
  ]
  const waiting = ends.some(({ state }) => state === 'stuck') ? waitingBehind(journal, states) : []
  const left = states.cast.parties.filter(
    ({ id, kind }) => kind !== 'firmware' && kind !== 'vm' && goesOn(final.get(id)) && !waiting.includes(id)
  )
  const survivors = SURVIVOR_ORDER.flatMap((kind) =>
    left.filter((party) => party.kind === kind).map((party) => named(party, 'survivor', final.get(party.id)))
  )
  const isQuiet = deceived.length === 0 && ends.length === 0
  const quiet =
    isQuiet && !isRunning && went.length === 0 ? harmless(journal, states, haveAllEnded(journal)) : undefined
  const clauses = [
    ...(deceived.length === 0
      ? []
      : [[...listed(deceived), { text: ' got zeroes in place of data, and nobody knows' }]]),
    ...(ends.length === 0 ? [] : [joinedBy(grouped(ends), ', and ')]),
    ...(quiet === undefined ? [] : [quiet.says]),
    ...(isQuiet && isRunning ? [soFar(journal, states)] : []),
    ...lostWith(
      went.filter(({ kind }) => kind !== 'vm'),
      ends,
      final
    ),
    ...waitSays(waiting.map((id) => named(states.cast.party(id), 'survivor', final.get(id)))),
    ...(isRunning && isQuiet
      ? [words('nothing has ended yet')]
      : goOn(survivors, [...(quiet?.told ?? []), ...again, ...deceived]))
  ]
  const cause = ends.findLast((end) => end.cause !== undefined)?.cause
  const better = outcome.avoidablePanic ? betterOf(journal, states, causes, decisions) : undefined
  return {
    verdict: verdictOf(outcome),
    text: clauses.map(textOf).join('; '),
    clauses,
    victims,
    ...(cause === undefined ? {} : { cause }),
    survivors,
    ...(better === undefined ? {} : { better })
  }
}

const SURVIVOR_ORDER = ['task', 'process', 'guest', 'host'] as const satisfies readonly Party['kind'][]

const isLost = (change: StateChange | undefined) => change?.with !== undefined && !change.isAlive
const goesOn = (change: StateChange | undefined) =>
  change !== undefined && isAlive(change.state) && change.state !== 'stuck'

function named({ id, name }: Party, role: Part['role'] & string, entry: EntryRef | undefined): Part {
  return {
    text: name,
    role,
    party: id,
    ...(entry === undefined ? {} : { entry: { order: entry.order, id: entry.id } })
  }
}

/** Ends in order; neighbours that say the same of several share it. */
function grouped(ends: readonly End[]): readonly Phrase[] {
  const groups: End[][] = []
  for (const end of ends) {
    const same = groups.find(([first]) => first !== undefined && sayOf(first) === sayOf(end) && isSameKind(first, end))
    if (same === undefined) groups.push([end])
    else same.push(end)
  }
  return groups.map((group) => {
    const [first] = group
    if (first === undefined) return []
    const says = first.says(group.length === 1)
    const again = first.isUndone ? words(', and runs again') : []
    return [...listed(group.map((end) => victimOf(end))), ...says, ...again]
  })
}

const sayOf = ({ says }: End): string => textOf(says(true))
const isSameKind = (a: End, b: End) => a.party.kind === b.party.kind && a.isUndone === b.isUndone

/** Of a machine that panics, it is the kernel that does. */
function victimOf(end: End): Part {
  const { party, state } = end
  const part = named(party, 'victim', end)
  return state === 'panicked' && party.kind !== 'firmware'
    ? { ...part, text: party.name.replace(/^the (guest|host)/, 'the $1 kernel') }
    : part
}

/** Whose access was answered with something else than its data. */
function deceivedBy(journal: readonly WireEntry[], { cast }: States, causes: Causes): readonly Part[] {
  const read = corruptedRead(journal)
  if (read === undefined) return []
  const asked = causes.ancestors(read).find(({ kind, type }) => kind === 'message' && type === 'task.access')
  const { pid, vm } = (asked?.data ?? read.data) as { pid?: number; vm?: string }
  const party = pid === undefined ? undefined : cast.byPid(pid, vm)
  const entry = refOf(read, journal.indexOf(read))
  return [party === undefined ? { text: 'a task', role: 'victim', entry } : named(party, 'victim', entry)]
}

/** Who ended with what it stood on. */
function lostWith(
  went: readonly Party[],
  ends: readonly End[],
  final: ReadonlyMap<string, StateChange>
): readonly Phrase[] {
  if (went.length === 0) return []
  const names = listed(went.map((party) => named(party, 'victim', final.get(party.id))))
  const isOne = went.length === 1
  // A kernel that was only started anew is no end that has been told.
  const how = ends.some(({ party }) => !isActorKind(party.kind))
    ? ' with it'
    : ' when what is under it was started anew'
  return [[...names, { text: `${isOne ? ' is' : ' are'} lost${how}` }]]
}

const isActorKind = (kind: Party['kind']) => kind === 'task' || kind === 'process'

const haveAllEnded = (journal: readonly WireEntry[]): boolean =>
  [...tasksOf(journal), ...processesOf(journal)].every(({ ending }) => ending !== 'unfinished')

/** Whose access has not ended, though nobody says that it is taken over and over: it comes after one that is. */
function waitingBehind(journal: readonly WireEntry[], { cast, changes }: States): readonly string[] {
  const final = new Map(changes.map(({ party, state }) => [party, state]))
  const actors = [...tasksOf(journal), ...processesOf(journal)].filter(({ ending }) => ending === 'unfinished')
  const ids = actors.flatMap(({ pid, vm }) => cast.byPid(pid, vm)?.id ?? [])
  return ids.filter((id) => final.get(id) === 'running')
}

function waitSays(waiting: readonly Part[]): readonly Phrase[] {
  if (waiting.length === 0) return []
  return [[...listed(waiting), { text: waiting.length === 1 ? ' waits' : ' wait' }]]
}

/** Who goes on; those of whom it has been said already are left out. */
function goOn(survivors: readonly Part[], told: readonly Part[]): readonly Phrase[] {
  const others = survivors.filter(({ party }) => !told.some((one) => one.party === party))
  if (others.length === 0) return []
  return [[...listed(others), { text: others.length === 1 ? ' goes on' : ' go on' }]]
}
