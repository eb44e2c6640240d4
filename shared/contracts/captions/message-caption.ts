import type { Static, TObject } from 'typebox'
import type { Caption } from '../caption.ts'
import type { MessageType } from '../message.ts'
import type { Wired } from '../wired.ts'

/** What a reader is told of a message; without a sentence of its own, its fields are listed. */
export interface MessageCaption<Data extends TObject = TObject> extends Caption<Wired<Static<Data>>> {
  readonly message: MessageType<Data>
}

/** Declares the caption of a message; the identity at run time, the precise types for its users. */
export function caption<Data extends TObject>(
  message: MessageType<Data>,
  told: Caption<Wired<Static<Data>>>
): MessageCaption<Data> {
  return { message, ...told }
}
