import { recordCoalesced } from '../contracts/notes/firmware.ts'
import { peSpin } from '../contracts/notes/hardware.ts'
import type { WireEntry } from '../trace/entry.ts'
import { saidOf } from '../trace/told.ts'
import { isIntended, isRetold } from './row-differences.ts'

/** Notes that say of themselves that it is the same again. */
const AGAIN: ReadonlySet<string> = new Set([peSpin.type, recordCoalesced.type])

/**
 * Entries by which a run only does again what it has done before: a CPU that takes the same exception until somebody is
 * done with it, the record of that, the rounds of a livelock. How often depends on who is faster, not on who decides what.
 */
export function repeatsIn(journal: readonly WireEntry[]): ReadonlySet<WireEntry> {
  const seen = new Set<string>()
  const repeats = new Set<WireEntry>()
  const ids = new Set<string>()
  for (const entry of journal) {
    const { id, kind, type, cause = '' } = entry
    const content = contentOf(entry)
    const isEcho = kind === 'note' && ids.has(cause) && saidOf(entry).loud === undefined
    if (AGAIN.has(type) || isEcho || seen.has(content)) {
      repeats.add(entry)
      if (kind === 'message') ids.add(id)
    }
    seen.add(content)
  }
  return repeats
}

/** What an entry says, without how often, when, and what else was known by then: the same in two runs, or twice in one. */
export const contentOf = ({ kind, type, from, to, data }: WireEntry): string =>
  JSON.stringify([kind, type, from, to, data], (name, value: unknown) =>
    isRetold(name) || isIntended(name) ? undefined : value
  )
