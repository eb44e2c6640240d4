import type { JournalFilter } from '../trace/journal-filter.ts'

/** What a reader of a journal wants: entries after a place, all or those of a filter. */
export interface Reading extends JournalFilter {
  /** Entries with a `seq` above this; absent means from the oldest that is kept. */
  readonly after?: number | undefined
  /** No more than so many entries, besides gaps. */
  readonly limit?: number | undefined
}

/** Reads a journal on from where it was. */
export interface JournalReader {
  /** The next lines, each with its line feed; '' when there are none for now. */
  readonly read: () => string
  /** It has all that it asked for. */
  readonly done: () => boolean
}
