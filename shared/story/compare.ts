import { Causes } from '../trace/causes.ts'
import type { WireEntry } from '../trace/entry.ts'
import { noticeOf, saidOf } from '../trace/told.ts'
import { align } from './align.ts'
import { decidedFirst } from './decided-first.ts'
import { Decisions, type Decision } from './decisions.ts'
import { endsOf } from './ends.ts'
import { refOf, type EntryRef } from './entry-ref.ts'
import { contentOf, repeatsIn } from './repeats.ts'
import { RowDifferences, type Difference } from './row-differences.ts'
import { statesOf, type States } from './states.ts'
import { verdictSentence, type VerdictSentence } from './verdict-sentence.ts'

/** Two runs side by side. */
export interface Comparison {
  readonly left: VerdictSentence
  readonly right: VerdictSentence
  /** Entries that belong to the story, in the order of both, each beside its like. */
  readonly rows: readonly Row[]
  /** Place in `rows` of the first difference that counts, from 0; none where there is no such one. */
  readonly first?: number
  /** Decisions of policies side by side. */
  readonly decisions: readonly DecisionPair[]
  /** Place in `decisions` of the one that made the ends differ, where one did. */
  readonly decisive?: number
}

export interface Row {
  /** Absent where only the other run has it. */
  readonly left?: EntryRef
  readonly right?: EntryRef
  /** Of a pair: what its halves have otherwise. */
  readonly differences: readonly Difference[]
  /**
   * Present in one alone and neither a repeat nor in the other at another moment; or other in more than what
   * was merely chosen.
   */
  readonly counts: boolean
}

export interface DecisionPair {
  readonly left?: Decision
  readonly right?: Decision
  readonly isSame: boolean
}

/** Compares two runs: how they end, row by row, and which decision made the difference. */
export function compareRuns(left: readonly WireEntry[], right: readonly WireEntry[]): Comparison {
  const steps = comparing(left, right)
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
  }
}

/** The same in steps, between which whoever waits for long runs can do something else. */
export function* comparing(
  left: readonly WireEntry[],
  right: readonly WireEntry[]
): Generator<undefined, Comparison, undefined> {
  const sides = { left: yield* sideOf(left), right: yield* sideOf(right) }
  const rows = rowsOf(sides.left.told, sides.right.told)
  yield
  const begins = rows.findIndex(({ isNotice }) => isNotice)
  const first = rows.findIndex(({ row }, at) => at >= begins && row.counts)
  const sentences = { left: sides.left.sentence, right: sides.right.sentence }
  const decisions = decisionsOf(sides.left, sides.right)
  const decisive = sentences.left.text === sentences.right.text ? -1 : decisiveOf(sides.left, sides.right, decisions)
  return {
    ...sentences,
    rows: rows.map(({ row }) => row),
    ...(begins < 0 || first < 0 ? {} : { first }),
    decisions,
    ...(decisive < 0 ? {} : { decisive })
  }
}

/** A run as it is held against another. */
interface Side {
  readonly journal: readonly WireEntry[]
  readonly states: States
  readonly causes: Causes
  readonly decisions: Decisions
  readonly sentence: VerdictSentence
  readonly told: readonly Told[]
}

function* sideOf(journal: readonly WireEntry[]): Generator<undefined, Side, undefined> {
  const [states, causes, decisions] = [statesOf(journal), new Causes(journal), new Decisions(journal)]
  yield
  const sentence = verdictSentence(journal, { states, causes, decisions })
  const told = storyOf(journal, decisions)
  yield
  return { journal, states, causes, decisions, sentence, told }
}

interface Told {
  readonly entry: WireEntry
  readonly ref: EntryRef
  /** Its run has said the same before. */
  readonly isRepeat: boolean
}

function storyOf(journal: readonly WireEntry[], decisions: Decisions): readonly Told[] {
  const repeats = repeatsIn(journal)
  return decidedFirst(journal, decisions).flatMap(([at, entry]) => {
    const { level, loud } = saidOf(entry)
    const isStory = level === 'story' || loud !== undefined
    return isStory ? [{ entry, ref: refOf(entry, at), isRepeat: repeats.has(entry) }] : []
  })
}

/** By what an entry finds its like in another run. */
function keyOf({ kind, type, from, to, data }: WireEntry): string {
  const { name, text, event, exception, codeName, vcpu, context } = (data ?? {}) as Readonly<Record<string, unknown>>
  const isTaken = type === 'exception.take' ? exception : exception !== undefined
  const cpu = vcpu ?? (typeof context === 'string' ? /vcpu(\d+)$/.exec(context)?.[1] : undefined)
  const log = typeof text === 'string' ? text.replaceAll(/\w*\d\w*/g, '#') : undefined
  return JSON.stringify([kind, type, from, to, name, event, isTaken, codeName, cpu, log])
}

function rowsOf(
  left: readonly Told[],
  right: readonly Told[]
): readonly { readonly row: Row; readonly isNotice: boolean }[] {
  const differences = new RowDifferences()
  const pairs = align(
    left.map(({ entry }) => keyOf(entry)),
    right.map(({ entry }) => keyOf(entry))
  ).map(([l, r]) => [l === undefined ? undefined : left[l], r === undefined ? undefined : right[r]] as const)
  const moved = movedIn(pairs)
  return pairs.map(([a, b]) => {
    const one = a ?? b
    const isNotice = one !== undefined && noticeOf(one.entry) !== undefined
    const found = a === undefined || b === undefined ? [] : differences.of(a.entry, b.entry)
    const isAlone = a === undefined || b === undefined
    // How often the same came again, or which of two came first, is no difference: what came of it is told by other rows.
    const counts = isAlone
      ? one !== undefined && !one.isRepeat && !moved.has(one) && !isLog(one.entry)
      : found.some((difference) => difference.counts)
    return { row: { ...(a && { left: a.ref }), ...(b && { right: b.ref }), differences: found, counts }, isNotice }
  })
}

/** What each run has alone although the other has the same, only at another moment. */
function movedIn(pairs: readonly (readonly [Told | undefined, Told | undefined])[]): ReadonlySet<Told> {
  const alone = (told: readonly (Told | undefined)[]) =>
    Map.groupBy(
      told.filter((one) => one !== undefined),
      ({ entry }) => contentOf(entry)
    )
  const lefts = alone(pairs.flatMap(([a, b]) => (b === undefined ? [a] : [])))
  const rights = alone(pairs.flatMap(([a, b]) => (a === undefined ? [b] : [])))
  const both = [...lefts].flatMap(([content, some]) => {
    const others = rights.get(content) ?? []
    const count = Math.min(some.length, others.length)
    return [...some.slice(0, count), ...others.slice(0, count)]
  })
  return new Set(both)
}

const isLog = ({ type }: WireEntry): boolean => type.endsWith('.printk') || type.endsWith('.trace')

/** The n-th decision about a signal beside the n-th about the same. */
function decisionsOf({ decisions: left }: Side, { decisions: right }: Side): readonly DecisionPair[] {
  const [lefts, rights] = [left.all, right.all]
  const pairs = align(lefts.map(aboutOf), rights.map(aboutOf))
  return pairs.map(([l, r]) => {
    const [a, b] = [l === undefined ? undefined : lefts[l], r === undefined ? undefined : rights[r]]
    return { ...(a && { left: a }), ...(b && { right: b }), isSame: a?.action === b?.action }
  })
}

const aboutOf = ({ signal }: Decision): string => signal ?? 'exit'

/** The decision that one of the runs ended after as it did, where the other was decided otherwise, or nobody asked. */
function decisiveOf(left: Side, right: Side, pairs: readonly DecisionPair[]): number {
  const of = ({ journal, states, causes, decisions }: Side) => {
    const at = new Map(journal.map((entry, index) => [refOf(entry, index).order, entry]))
    return endsOf(journal, states, causes, false).flatMap(({ order }) => {
      const entry = at.get(order)
      return (entry && decisions.before(entry, causes)?.id) ?? []
    })
  }
  const before = { left: new Set(of(left)), right: new Set(of(right)) }
  const led = pairs.flatMap(({ left: a, right: b, isSame }, at) => {
    const didLead = (a !== undefined && before.left.has(a.id)) || (b !== undefined && before.right.has(b.id))
    return didLead && !isSame ? [at] : []
  })
  const both = led.find((at) => pairs[at]?.left !== undefined && pairs[at].right !== undefined)
  return both ?? led.at(-1) ?? pairs.findIndex(({ isSame }) => !isSame)
}
