import { MACHINE_START } from '../contracts/message.ts'
import type { TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import { by, type Caption, type Level, type Loud, type Mark, type Notice, type RuleName } from '../contracts/caption.ts'
import { messageCaption } from '../contracts/captions/registry.ts'
import { laneOf, type Lane, type Lanes } from '../contracts/lane.ts'
import type { Layer } from '../contracts/layer.ts'
import { noteType } from '../contracts/notes/registry.ts'
import { plainLine, plainLines } from '../contracts/plain-text.ts'
import { fieldsOf } from '../contracts/sentence.ts'
import type { EntryKind } from './entry-kind.ts'

/** What of an entry decides how it is told. */
export interface Tellable {
  readonly kind: EntryKind
  readonly type: string
  readonly from: Layer | 'outside' | 'timer'
  readonly to: Layer | 'outside'
  /** As JSON has it. */
  readonly data?: unknown
  /** Of an answer, as JSON has it. */
  readonly question?: unknown
  readonly fallback?: true
}

/** What a journal says of an entry besides what it is, for its readers. */
export interface Told {
  /** Between which parties a reader draws it. KVM and the host's processes have lanes of their own. */
  readonly lane: Lanes
  readonly level: Level
  readonly mark: Mark
  /** Present on what nobody must miss. */
  readonly loud?: Loud
  /** The rule that decided, by file and name as in docs/fidelity.md. */
  readonly rule?: RuleName
}

type Fields = Readonly<Record<PropertyKey, unknown>>
interface Known {
  readonly caption: Caption<Fields>
  readonly data: Fields
}

/** The caption of a message or a note, and what its data have to be. */
function rowOf({ kind, type, from, to, data }: Tellable): Row | undefined {
  if (kind === 'note') {
    const row = noteType(type, data)
    return row === undefined ? undefined : { caption: row, schema: row.data }
  }
  const row = kind === 'message' && from !== 'timer' ? messageCaption(to, type) : undefined
  return row === undefined ? undefined : { caption: row, schema: row.message.data }
}

interface Row {
  readonly caption: Caption<Fields>
  readonly schema: TSchema
}

/** The caption of a message or a note whose data are what its contract says; someone else's may be anything. */
function captionOf(entry: Tellable, row = rowOf(entry)): Known | undefined {
  const { data } = entry
  return row !== undefined && fits(row.schema, data) ? { caption: row.caption, data } : undefined
}

const CHECKS = new WeakMap<TSchema, { readonly Check: (value: unknown) => boolean }>()

function fits(schema: TSchema, data: unknown): data is Fields {
  let check = CHECKS.get(schema)
  if (check === undefined) CHECKS.set(schema, (check = Compile(schema)))
  return check.Check(data)
}

/** What is told of an entry, without the sentence. */
export function toldOf(entry: Tellable): Told {
  const known = captionOf(entry)
  if (known === undefined) return uncaptioned(entry)
  const { caption, data } = known
  const loud = by(caption.loud, data)
  const rule = by(caption.rule, data)
  return {
    lane: lanesOf(entry, by(caption.lanes, data)),
    level: by(caption.level, data),
    mark: by(caption.mark ?? (entry.kind === 'note' ? 'note' : 'call'), data),
    ...(loud === undefined ? {} : { loud }),
    ...(rule === undefined ? {} : { rule })
  }
}

/** By what an entry tells its receiver of an error, if it does. */
export function noticeOf(entry: Tellable): Notice | undefined {
  const row = rowOf(entry)
  // Few tell of one, and looking at data is what takes time.
  const known = row?.caption.notice === undefined ? undefined : captionOf(entry, row)
  return known?.caption.notice?.(known.data)
}

/** What readers are told of an entry: as its journal says it, else as `toldOf`. */
export const saidOf = (entry: Tellable & Partial<Told>): Told => (isTold(entry) ? entry : toldOf(entry))

const isTold = (entry: Partial<Told>): entry is Told =>
  entry.lane !== undefined && entry.level !== undefined && entry.mark !== undefined

/** Answers, refusals, timers, and what no contract knows. */
function uncaptioned(entry: Tellable): Told {
  const { kind, type, from, question } = entry
  switch (kind) {
    case 'answer': {
      const asked = toldOf({ kind: 'message', type, from: partyOf(entry.to), to: partyOf(from), data: question })
      const lane = { from: asked.lane.to, to: asked.lane.from }
      const { mark, rule } = asked
      const told = { lane, level: 'detail', mark, ...(rule === undefined ? {} : { rule }) } as const
      return entry.fallback === true ? { ...told, loud: 'fallback' } : told
    }
    case 'refusal':
      return { lane: lanesOf(entry), level: 'story', mark: 'call', loud: 'refused' }
    case 'gap':
      return { lane: lanesOf(entry), level: 'story', mark: 'note', loud: 'lost' }
    case 'message':
      return { lane: lanesOf(entry), level: isOwn(entry) ? 'detail' : 'story', mark: 'call' }
    case 'note':
      return { lane: lanesOf(entry), level: 'story', mark: 'note' }
  }
}

const partyOf = (party: Layer | 'outside' | 'timer'): Layer | 'outside' => (party === 'timer' ? 'outside' : party)

/** What a layer gets from its own runtime: a timer that fires, the start of its machine. */
const isOwn = ({ from, type }: Tellable) => from === 'timer' || type === MACHINE_START

/** KVM and processes live in the host kernel; who else plays their part has the lane of his own. */
function lanesOf({ from, to }: Tellable, within: Partial<Lanes> = {}): Lanes {
  const lane = (party: Layer | 'outside' | 'timer', part: Lane | undefined): Lane =>
    party === 'host-kernel' && part !== undefined ? part : laneOf(party)
  const receiver = lane(to, within.to)
  return { from: from === 'timer' ? receiver : lane(from, within.from), to: receiver }
}

/** The entry as a sentence for a person, without its parties. Nothing in it begins a line of its own but a hex dump. */
export function sentenceOf(entry: Tellable): string {
  const { kind } = entry
  const known = captionOf(entry)
  if (known !== undefined) return known.caption.says(plainLines(known.data))
  const type = plainLine(entry.type)
  const data = plainLines(entry.data)
  const listed = typeof data === 'object' && data !== null ? fieldsOf(data) : (JSON.stringify(data) ?? '')
  if (kind === 'refusal') return `REFUSED ${type}: ${JSON.stringify(data ?? {})}`
  if (entry.kind === 'answer' && entry.fallback === true) return `has not answered ${type}: its fallback holds`
  if (kind === 'answer') return `answers ${type}: ${listed || 'done'}`
  return entry.from === 'timer' ? `timer ${type}: ${listed}` : `${type}: ${listed || 'no data'}`
}
