import type { Static, TSchema } from 'typebox'
import type { Caption } from '../caption.ts'
import type { Layer } from '../layer.ts'
import type { Wired } from '../wired.ts'

/**
 * One kind of note: something that happened within a layer, for the journal alone. A model notes it by this value, and
 * whatever is told to a person about it comes from here.
 */
export interface NoteType<Data extends TSchema = TSchema> extends Caption<Wired<Static<Data>>> {
  /** `subject.event`, e.g. `record.held`. */
  readonly type: string
  /** The layer in whose journal it is. */
  readonly layer: Layer
  readonly data: Data
  /** Data as JSON has it, for documentation. */
  readonly example: Wired<Static<Data>>
}

/** A note's data as a model gives it: what is optional may also be undefined. */
export type NoteData<Data extends TSchema> = Loose<Static<Data>>
type Loose<T> = { [Name in keyof T]: object extends Pick<T, Name> ? T[Name] | undefined : T[Name] }

/** Declares a note; the identity at run time, the precise types for its users. */
export function note<Data extends TSchema>(row: NoteType<Data>): NoteType<Data> {
  return row
}
