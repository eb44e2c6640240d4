import { Causes } from '../trace/causes.ts'
import type { WireEntry } from '../trace/entry.ts'
import { noticeOf, saidOf } from '../trace/told.ts'
import { align } from './align.ts'
import { Decisions, type Decision } from './decisions.ts'
import { endsOf } from './ends.ts'
import { refOf, type EntryRef } from './entry-ref.ts'
import { RowDifferences, type Difference } from './row-differences.ts'
import { statesOf } from './states.ts'
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
  /** Present in one alone, or other in more than what was merely chosen. */
  readonly counts: boolean
}

export interface DecisionPair {
  readonly left?: Decision
  readonly right?: Decision
  readonly isSame: boolean
}

/** Compares two runs: how they end, row by row, and which decision made the difference. */
export function compareRuns(left: readonly WireEntry[], right: readonly WireEntry[]): Comparison {
  const [told, other] = [storyOf(left), storyOf(right)]
  const rows = rowsOf(told, other)
  const begins = rows.findIndex(({ isNotice }) => isNotice)
  const first = rows.findIndex(({ row }, at) => at >= begins && row.counts)
  const sentences = { left: verdictSentence(left), right: verdictSentence(right) }
  const decisions = decisionsOf(left, right)
  const decisive = sentences.left.text === sentences.right.text ? -1 : decisiveOf(left, right, decisions)
  return {
    ...sentences,
    rows: rows.map(({ row }) => row),
    ...(begins < 0 || first < 0 ? {} : { first }),
    decisions,
    ...(decisive < 0 ? {} : { decisive })
  }
}

interface Told {
  readonly entry: WireEntry
  readonly ref: EntryRef
}

const storyOf = (journal: readonly WireEntry[]): readonly Told[] =>
  journal.flatMap((entry, at) => {
    const { level, loud } = saidOf(entry)
    return level === 'story' || loud !== undefined ? [{ entry, ref: refOf(entry, at) }] : []
  })

/** By what an entry finds its like in another run. */
function keyOf({ kind, type, from, to, data }: WireEntry): string {
  const { name, text, event, exception, codeName } = (data ?? {}) as Readonly<Record<string, unknown>>
  const isTaken = type === 'exception.take' ? exception : exception !== undefined
  const log = typeof text === 'string' ? text.replaceAll(/\w*\d\w*/g, '#') : undefined
  return JSON.stringify([kind, type, from, to, name, event, isTaken, codeName, log])
}

function rowsOf(
  left: readonly Told[],
  right: readonly Told[]
): readonly { readonly row: Row; readonly isNotice: boolean }[] {
  const differences = new RowDifferences()
  const pairs = align(
    left.map(({ entry }) => keyOf(entry)),
    right.map(({ entry }) => keyOf(entry))
  )
  return pairs.map(([l, r]) => {
    const [a, b] = [l === undefined ? undefined : left[l], r === undefined ? undefined : right[r]]
    const one = a ?? b
    const isNotice = one !== undefined && noticeOf(one.entry) !== undefined
    const found = a === undefined || b === undefined ? [] : differences.of(a.entry, b.entry)
    const isAlone = a === undefined || b === undefined
    const counts = isAlone ? one !== undefined && !isLog(one.entry) : found.some((difference) => difference.counts)
    return { row: { ...(a && { left: a.ref }), ...(b && { right: b.ref }), differences: found, counts }, isNotice }
  })
}

const isLog = ({ type }: WireEntry): boolean => type.endsWith('.printk') || type.endsWith('.trace')

/** The n-th decision about a signal beside the n-th about the same. */
function decisionsOf(left: readonly WireEntry[], right: readonly WireEntry[]): readonly DecisionPair[] {
  const [lefts, rights] = [new Decisions(left).all, new Decisions(right).all]
  const pairs = align(lefts.map(aboutOf), rights.map(aboutOf))
  return pairs.map(([l, r]) => {
    const [a, b] = [l === undefined ? undefined : lefts[l], r === undefined ? undefined : rights[r]]
    return { ...(a && { left: a }), ...(b && { right: b }), isSame: a?.action === b?.action }
  })
}

const aboutOf = ({ signal }: Decision): string => signal ?? 'exit'

/** The decision that one of the runs ended after as it did, where the other was decided otherwise, or nobody asked. */
function decisiveOf(left: readonly WireEntry[], right: readonly WireEntry[], pairs: readonly DecisionPair[]): number {
  const of = (journal: readonly WireEntry[]) => {
    const causes = new Causes(journal)
    const ends = endsOf(journal, statesOf(journal), causes, false)
    const decisions = new Decisions(journal)
    return ends.flatMap(({ order }) => {
      const entry = journal.find((one, at) => refOf(one, at).order === order)
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
