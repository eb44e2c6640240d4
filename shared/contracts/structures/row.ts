import type { Static, TObject, TSchema } from 'typebox'
import type { Layer } from '../layer.ts'
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

type DataIn<Contract extends { readonly data: TSchema }> = Wired<Static<Contract['data']>>

/**
 * In the data of a message. Here and below the contract is given as a type and by its names, so that a page that shows
 * bytes need not load every schema; a test holds the names to the contracts.
 */
export function inMessage<Message extends MessageType<TObject>>(
  layer: Message['to'],
  type: string,
  find: (data: DataIn<Message>) => readonly Found[]
): Row {
  return { part: 'message', layer, type, find: (data) => find(data as DataIn<Message>) }
}

/** In the answer to a question. */
export function inAnswer<Question extends QuestionType>(
  layer: Question['to'],
  type: string,
  find: (data: Wired<Static<Question['reply']>>) => readonly Found[]
): Row {
  return { part: 'answer', layer, type, find: (data) => find(data as Wired<Static<Question['reply']>>) }
}

export function inNote<Note extends NoteType>(
  layer: Layer,
  type: string,
  find: (data: DataIn<Note>) => readonly Found[]
): Row {
  return { part: 'note', layer, type, find: (data) => find(data as DataIn<Note>) }
}

/** In the step of a kernel. */
export function inStep<Step extends KernelStep>(
  type: 'host.step' | 'guest.step',
  step: string,
  find: (data: { readonly data: DataIn<Step> }) => readonly Found[]
): Row {
  return { part: 'note', layer: undefined, type, step, find: (data) => find(data as { readonly data: DataIn<Step> }) }
}
