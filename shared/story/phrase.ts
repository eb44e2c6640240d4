import type { EntryRef } from './entry-ref.ts'

/** What a part of a sentence stands for. */
export type Role = 'victim' | 'cause' | 'told' | 'survivor'

/** A piece of a sentence; those that name somebody or a reason say which entry they come from. */
export interface Part {
  readonly text: string
  readonly role?: Role
  /** Who is named, by id. */
  readonly party?: string
  /** Absent where no entry says it, as of a host that is there from the start. */
  readonly entry?: EntryRef
}

export type Phrase = readonly Part[]

export const words = (text: string): Phrase => [{ text }]

/** The text of a phrase. */
export const textOf = (phrase: Phrase): string => phrase.map(({ text }) => text).join('')

/** `a`, `a and b`, `a, b and c`. */
export function listed(parts: readonly Part[]): Phrase {
  return parts.flatMap((part, index) => {
    if (index === 0) return [part]
    return [{ text: index === parts.length - 1 ? ' and ' : ', ' }, part]
  })
}

/** Several phrases one after the other, with words between them. */
export const joinedBy = (phrases: readonly Phrase[], between: string): Phrase =>
  phrases.flatMap((phrase, index) => (index === 0 ? phrase : [{ text: between }, ...phrase]))
