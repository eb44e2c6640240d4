import { plainText } from '../../shared/contracts/plain-text.ts'
import type { DatedEntry, JournalPlace } from '../../shared/machine-room/follow-journal.ts'
import { filtering, type JournalFilter } from '../../shared/trace/journal-filter.ts'
import { textLine } from '../../shared/trace/journal-text.ts'
import { cursorOf, type MergedPlace } from './cursor.ts'

/** How entries that leave the merger become lines. */
export interface Lines {
  /** An entry of a journal is behind the reader, whether or not it is told. */
  readonly taken: (journal: number, entry: DatedEntry) => void
  /** The line of an entry, with its line feed; '' when the reader does not want it. */
  readonly line: (entry: DatedEntry) => string
}

/**
 * Each line has its `order` and a `cursor`: the place in all journals from which reading goes on behind it. As text a line
 * is for people, and has neither.
 */
export function linesOf(reading: { filter: JournalFilter; from: MergedPlace; isText: boolean }): Lines {
  const { filter, from, isText } = reading
  const wants = filtering(filter)
  const places: JournalPlace[] = [...from.places]
  let { order } = from
  return {
    taken(journal, { epochMs, seq }) {
      places[journal] = { epochMs, after: seq }
    },
    line(dated) {
      if (!wants(dated)) return ''
      order++
      const text = plainText(isText ? textLine(dated) : JSON.stringify(withPlace(dated, { order, places })))
      return text === '' ? '' : `${text}\n`
    }
  }
}

/** What a service counts from shows in the cursor alone. */
const withPlace = (entry: DatedEntry, place: MergedPlace) => ({
  ...entry,
  epochMs: undefined,
  order: place.order,
  cursor: cursorOf(place)
})
