import type { Static, TSchema } from 'typebox'
import type { WireEntry } from '../shared/trace/entry.ts'
import { parsedJson } from './json.ts'

/** A kind of entry: a message of a contract, or a note. */
export interface EntryType<Data extends TSchema = TSchema> {
  readonly type: string
  readonly data: Data
  /** Of a message: the layer that accepts it. */
  readonly to?: string
  /** Of a note: the layer that notes it. */
  readonly layer?: string
}

/** An entry with its data as a program has them: addresses as `bigint`, bytes as `Uint8Array`. */
export type TypedEntry<Data extends TSchema> = Omit<WireEntry, 'data'> & { readonly data: Static<Data> }

/**
 * The messages or the notes of one kind, in order: `entriesOf(journal, signalDeliver)`. Throws a ProblemError when the data
 * of one are not what its contract says.
 */
export function entriesOf<Data extends TSchema>(
  journal: readonly WireEntry[],
  { type, data: schema, to, layer }: EntryType<Data>
): readonly TypedEntry<Data>[] {
  const kind = to === undefined ? 'note' : 'message'
  const wanted = journal.filter(
    (entry) =>
      entry.kind === kind && entry.type === type && (to === undefined ? entry.layer === layer : entry.to === to)
  )
  return wanted.map((entry) => ({ ...entry, data: parsedJson(schema, entry.data, `${type} ${entry.id}`) }))
}
