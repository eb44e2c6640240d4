import { wireOf } from '../contracts/codec.ts'
import type { Layer } from '../contracts/layer.ts'
import type { Ask, Input, Note, Refusal } from '../model/step.ts'
import type { EntryKind } from './entry-kind.ts'
import { toldOf, type Told } from './told.ts'
import { traceIdOf, type TraceContext } from '../contracts/trace-context.ts'

/**
 * One line of a journal. A message is journalled once, by the layer that accepts it; a receiver that keeps no journal
 * (someone else's service) has it kept by the sender.
 */
export interface Entry {
  /** Position in this journal, from 1. */
  readonly seq: number
  /** Nanoseconds since the journal's epoch. */
  readonly time: number
  readonly machine: string
  /** The layer whose journal this is. */
  readonly layer: Layer
  readonly kind: EntryKind
  readonly id: string
  /** Id of the input that led to this one; absent when it came from outside. */
  readonly cause: string | undefined
  readonly type: string
  readonly from: Layer | 'outside' | 'timer'
  readonly to: Layer | 'outside'
  /** A model value; it becomes JSON only when the entry is read. */
  readonly data: unknown
  /** Set on an answer that nobody gave: the question's configured fallback. */
  readonly fallback?: true
  /** Data of the question, on its answer. */
  readonly question?: unknown
  /** Ids of further causes besides `cause`: what planted, sent or decided what this follows from. */
  readonly because?: readonly string[]
  /** Trace id of W3C Trace Context, 32 hexadecimal digits; absent where nothing is traced. */
  readonly trace?: string
}

/**
 * A journal entry as JSON carries it: 64-bit values are `"0x…"`, bytes are base64. What readers are told besides
 * (`lane`, `level`, `mark`, `loud`, `rule`) is absent in journals of other implementations.
 */
export type WireEntry = Omit<Entry, 'data' | 'cause' | 'question'> & {
  readonly data: unknown
  readonly cause?: string
  readonly question?: unknown
  /** Position in the journal of a whole run, from 1, where several journals have been made one. */
  readonly order?: number
} & Partial<Told>

/** An entry on its way into a journal, which gives it its place; until then `seq` is 0. */
export type Draft = { -readonly [Field in keyof Entry]: Entry[Field] }

/** The cause of an id made in a model: ids are `<id of the cause>.<n>`. */
export function causeOf(id: string): string | undefined {
  const dot = id.lastIndexOf('.')
  return dot <= 0 ? undefined : id.slice(0, dot)
}

/**
 * The causes of what a model sends as one text, as they travel and are kept: the input that led to it, then what else it
 * follows from. Ids have no spaces.
 */
export function causesOf({ id, because = [] }: Pick<Note, 'id' | 'because'>): string | undefined {
  const cause = causeOf(id)
  return cause === undefined ? undefined : [cause, ...because].join(' ')
}

/** The entry as part of a trace, if there is one. */
export function traced(draft: Draft, context: TraceContext | undefined): Draft {
  if (context !== undefined) draft.trace = traceIdOf(context)
  return draft
}

/** An accepted input. `causes` is what its sender says of them, if that is not to be read from the id. */
export function messageEntry(layer: Layer, machine: string, input: Input, causes?: string): Draft {
  const { id, type, from, time, data } = input
  const parts = causes?.split(' ').filter((part) => part !== '')
  const cause = parts?.[0] ?? (from === 'outside' ? undefined : causeOf(id))
  const draft: Draft = { seq: 0, time, machine, layer, kind: 'message', id, cause, type, from, to: layer, data }
  return withFurther(draft, parts?.slice(1))
}

function withFurther(draft: Draft, because: readonly string[] | undefined): Draft {
  if (because !== undefined && because.length > 0) draft.because = because
  return draft
}

/** The answer to a question that this layer asked. */
export function answerEntry(layer: Layer, machine: string, input: Input, ask: Ask, fallback: boolean): Draft {
  const { id, time, data } = input
  const { id: cause, type, to: from, data: question } = ask
  const draft: Draft = {
    seq: 0,
    time,
    machine,
    layer,
    kind: 'answer',
    id,
    cause,
    type,
    from,
    to: layer,
    data,
    question
  }
  if (fallback) draft.fallback = true
  return draft
}

/** The answer that this layer gave to a question from outside. */
export function outsideAnswerEntry(
  layer: Layer,
  machine: string,
  asked: Pick<Input, 'id' | 'type'> & { readonly data?: unknown },
  time: number,
  data: unknown
): Draft {
  const { id: cause, type, data: question } = asked
  const id = `${cause}.a`
  const draft: Draft = {
    seq: 0,
    time,
    machine,
    layer,
    kind: 'answer',
    id,
    cause,
    type,
    from: layer,
    to: 'outside',
    data
  }
  if (question !== undefined) draft.question = question
  return draft
}

/** A question or message of this layer that its receiver has not journalled. */
export function sentEntry(
  layer: Layer,
  machine: string,
  time: number,
  sent: Pick<Ask, 'id' | 'to' | 'type' | 'data' | 'because'>
): Draft {
  const { id, to, type, data, because } = sent
  const cause = causeOf(id)
  const draft: Draft = { seq: 0, time, machine, layer, kind: 'message', id, cause, type, from: layer, to, data }
  return withFurther(draft, because)
}

export function noteEntry(layer: Layer, machine: string, time: number, note: Note): Draft {
  const { id, type, data, because } = note
  const cause = causeOf(id)
  const draft: Draft = { seq: 0, time, machine, layer, kind: 'note', id, cause, type, from: layer, to: layer, data }
  return withFurther(draft, because)
}

/** `by` is the layer that refused, `layer` the one that writes it down. */
export function refusalEntry(
  layer: Layer,
  machine: string,
  time: number,
  refused: { readonly id: string; readonly type: string; readonly from: Entry['from']; readonly by: Layer },
  { code, detail, field }: Pick<Refusal, 'code' | 'detail' | 'field'>
): Draft {
  const { id, type, from, by } = refused
  const data = field === undefined ? { code, detail } : { code, detail, field }
  const cause = from === 'outside' ? undefined : causeOf(id)
  return { seq: 0, time, machine, layer, kind: 'refusal', id, cause, type, from, to: by, data }
}

/** The journal of a whole run: its entries know their place in it. */
export function ordered(journal: readonly WireEntry[]): readonly WireEntry[] {
  return journal.map((entry, index) => ({ ...entry, order: index + 1 }))
}

/** An entry as a line of NDJSON, without the line feed, with what its readers are told. */
export function entryLine(entry: Entry): string {
  const wired = wireEntryOf(entry)
  return JSON.stringify({ ...wired, ...toldOf(wired) })
}

/** An entry as JSON carries it, without what its readers are told. */
export function wireEntryOf(entry: Entry): WireEntry {
  const wired = { ...entry, data: wireOf(entry.data) }
  if (entry.question !== undefined) wired.question = wireOf(entry.question)
  return wired as WireEntry
}
