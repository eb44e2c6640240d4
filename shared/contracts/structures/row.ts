import type { Static, TObject, TSchema } from 'typebox'
import type { MessageType, QuestionType } from '../message.ts'
import type { KernelStep } from '../notes/kernel-step.ts'
import type { NoteType } from '../notes/note.ts'
import type { Wired } from '../wired.ts'
import type { Found } from './found.ts'

/** What an entry is, as far as it decides where its structures are. */
export type Part = 'message' | 'answer' | 'note'

/** Where the structures are in the data of one kind of entry. `find` is given data as JSON has them. */
export interface Row {
  readonly part: Part
  /** The layer that accepts the message; of a note the one that notes it; undefined where any may. */
  readonly layer: string | undefined
  readonly type: string
  /** Of a kernel's step, which one. */
  readonly step?: string
  readonly find: (data: unknown) => readonly Found[]
}

/** In the data of a message. */
export function inMessage<Data extends TObject>(
  { to, type }: MessageType<Data>,
  find: (data: Wired<Static<Data>>) => readonly Found[]
): Row {
  return { part: 'message', layer: to, type, find: (data) => find(data as Wired<Static<Data>>) }
}

/** In the answer to a question. */
export function inAnswer<Reply extends TSchema>(
  { to, type }: QuestionType<TObject, Reply>,
  find: (data: Wired<Static<Reply>>) => readonly Found[]
): Row {
  return { part: 'answer', layer: to, type, find: (data) => find(data as Wired<Static<Reply>>) }
}

export function inNote<Data extends TSchema>(
  { layer, type }: NoteType<Data>,
  find: (data: Wired<Static<Data>>) => readonly Found[]
): Row {
  return { part: 'note', layer, type, find: (data) => find(data as Wired<Static<Data>>) }
}

/** In the step of a kernel, whichever kernel takes it. */
export function inStep<Data extends TSchema>(
  { name }: KernelStep<Data>,
  type: string,
  find: (data: { readonly data: Wired<Static<Data>> }) => readonly Found[]
): Row {
  return {
    part: 'note',
    layer: undefined,
    type,
    step: name,
    find: (data) => find(data as { readonly data: Wired<Static<Data>> })
  }
}
