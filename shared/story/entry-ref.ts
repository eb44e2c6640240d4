import type { WireEntry } from '../trace/entry.ts'

/** Which entry of a run says something: its place in the journal, from 1, and its id. */
export interface EntryRef {
  readonly order: number
  readonly id: string
}

/** `at` is its place in the array, from 0; a journal of a whole run has numbered its entries itself. */
export const refOf = (entry: WireEntry, at: number): EntryRef => ({ order: entry.order ?? at + 1, id: entry.id })
