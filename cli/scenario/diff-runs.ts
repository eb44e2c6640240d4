import type { Fields } from '../../shared/contracts/fields.ts'
import { joined } from '../../shared/contracts/plain-text.ts'
import { oneLine } from '../../shared/trace/narrate.ts'
import type { Outcome } from '../../shared/trace/outcome.ts'
import type { WireEntry } from '../../shared/trace/entry.ts'

/** One of two runs that are compared. */
export interface Side {
  readonly name: string
  readonly journal: readonly WireEntry[]
  readonly outcome: Outcome
}

/** Where two runs part, and what of their ends differs. */
export interface Parting {
  /** Entries that are the same in both before that. */
  readonly common: number
  readonly left: WireEntry | undefined
  readonly right: WireEntry | undefined
  /** What the first difference is about, with values of both. */
  readonly why: readonly string[]
  /** Field of the outcome, left value, right value. */
  readonly outcomes: readonly (readonly [string, unknown, unknown])[]
}

/** Compares two runs entry by entry; times, names of machines and of policies count for nothing. */
export function partingOf(left: Side, right: Side): Parting {
  const [a, b] = [left.journal.map(canonical), right.journal.map(canonical)]
  const longer = Math.max(a.length, b.length)
  let at = 0
  while (at < longer && a[at] === b[at]) at++
  const [leftEntry, rightEntry] = [left.journal[at], right.journal[at]]
  return {
    common: at,
    left: leftEntry,
    right: rightEntry,
    why: at === longer ? [] : reasons(left, right, at),
    outcomes: outcomesThatDiffer(left.outcome, right.outcome)
  }
}

/** Who was asked is what two runs differ in by intention; what was answered is what counts. */
const INTENDED: ReadonlySet<string> = new Set(['policy', 'profile'])

function dataOf({ type, data }: WireEntry): unknown {
  const isSetting = type === 'vm.create' || type === 'vm.created' || type === 'policy.decide' || type === 'vm.policy'
  if (!isSetting || typeof data !== 'object' || data === null) return data
  return Object.fromEntries(Object.entries(data).filter(([name]) => !INTENDED.has(name)))
}

function canonical(entry: WireEntry): string {
  const { kind, type, layer, from, to } = entry
  return JSON.stringify([kind, type, layer, from, to, dataOf(entry)])
}

/** What differs in the first entries that do, and the decision before it if there was one. */
function reasons(left: Side, right: Side, at: number): readonly string[] {
  const [a, b] = [left.journal[at], right.journal[at]]
  const fields =
    a !== undefined && b !== undefined && a.type === b.type && a.kind === b.kind
      ? differ(dataOf(a), dataOf(b), '').map(
          ([path, one, other]) => `${path}: ${left.name} has ${say(one)}, ${right.name} has ${say(other)}`
        )
      : [`${left.name} goes on with ${sayEntry(a)}, ${right.name} with ${sayEntry(b)}`]
  const decisions = [left, right].flatMap(({ name, journal }) => {
    const told = journal.slice(at).find((entry) => isDecision(entry) && isNear(entry, journal[at]))
    if (told === undefined) return []
    const { action, because } = told.data as Fields
    return [`${name}: the policy answers ${String(action)}, because ${String(because)}`]
  })
  return [...fields, ...decisions]
}

const isDecision = ({ kind, type }: WireEntry) => kind === 'note' && type === 'policy.answered'
/** Decided in the same step as the entry, or in what led to it. */
const isNear = (entry: WireEntry, other: WireEntry | undefined) =>
  other !== undefined && (entry.cause === other.cause || entry.id === other.cause || entry.time === other.time)

function differ(a: unknown, b: unknown, path: string): readonly (readonly [string, unknown, unknown])[] {
  const isDeep = (value: unknown): value is Fields => typeof value === 'object' && value !== null
  if (!isDeep(a) || !isDeep(b)) return JSON.stringify(a) === JSON.stringify(b) ? [] : [[path || 'data', a, b]]
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].flatMap((name) =>
    differ(a[name], b[name], path === '' ? name : `${path}.${name}`)
  )
}

function outcomesThatDiffer(left: Outcome, right: Outcome) {
  return (Object.keys(left) as (keyof Outcome)[]).flatMap((field) =>
    JSON.stringify(left[field]) === JSON.stringify(right[field]) ? [] : [[field, left[field], right[field]] as const]
  )
}

const say = (value: unknown) => (value === undefined ? 'nothing' : JSON.stringify(value))
const sayEntry = (entry: WireEntry | undefined) =>
  entry === undefined ? 'nothing more' : `${entry.layer} ${entry.type}`

const lineOf = (entry: WireEntry | undefined): string => (entry === undefined ? '(the run is over)' : oneLine(entry))

/** Whether two runs part at all. */
export const isParting = ({ left, right }: Parting): boolean => left !== undefined || right !== undefined

/** The comparison for people. */
export function diffText(left: Side, right: Side, parting = partingOf(left, right)): string {
  const { common, why, outcomes } = parting
  if (!isParting(parting)) return `no difference in ${common} entries`
  return joined([
    `the same for ${common} entries, then`,
    `  ${left.name}: ${lineOf(parting.left)}`,
    `  ${right.name}: ${lineOf(parting.right)}`,
    'why',
    ...why.map((line) => `  ${line}`),
    outcomes.length === 0 ? 'and yet they end alike' : 'how they end',
    ...outcomes.map(([field, a, b]) => `  ${field}: ${left.name} ${say(a)}, ${right.name} ${say(b)}`)
  ])
}
