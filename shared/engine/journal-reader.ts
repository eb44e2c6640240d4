import type { Layer } from '../contracts/layer.ts'
import { entryLine, type Entry } from '../trace/entry.ts'
import { filtering } from '../trace/journal-filter.ts'
import type { JournalReader, Reading } from './journal-reading.ts'

/** A reader is given this many characters at a time; it comes back for more when those have left. */
const CHUNK = 65_536

/** What a reader needs of the journal that it reads. */
export interface Readable {
  readonly layer: Layer
  /** Position of the newest entry. */
  readonly last: number
  /** The newest position whose entry is gone, of a machine or of all; 0 when all are there. */
  lostUntil(machine?: string): number
  /** The oldest entry that is kept at or behind a position, of all or of these machines. */
  next(seq: number, machines: readonly string[] | undefined): Entry | undefined
}

const ended = (line: string) => (line === '' ? '' : `${line}\n`)

/**
 * Reads on from a place: each call gives the next lines, '' when there are none for now. What `line` makes of an entry
 * stands in a line of its own; '' leaves it out.
 */
export function readerOf(
  journal: Readable,
  { after, limit = Infinity, ...filter }: Reading,
  line: (entry: Entry) => string = entryLine
): JournalReader {
  const { machine: machines } = filter
  const wants = filtering(filter)
  let next = Math.min(after ?? 0, journal.last) + 1
  /** Up to here the reader knows that something is missing, of each machine that it wants. */
  const told = new Map<string | undefined, number>()
  let left = limit
  const gaps = () => {
    let chunk = ''
    for (const one of machines ?? [undefined]) {
      const lost = journal.lostUntil(one)
      if (lost < next || lost <= (told.get(one) ?? 0)) continue
      chunk += ended(line(gapOf(journal, next, lost, one)))
      told.set(one, lost)
    }
    return chunk
  }
  const read = () => {
    let chunk = gaps()
    while (left > 0 && chunk.length < CHUNK) {
      const entry = journal.next(next, machines)
      next = entry === undefined ? journal.last + 1 : entry.seq + 1
      if (entry === undefined) break
      if (!wants(entry)) continue
      chunk += ended(line(entry))
      left--
    }
    return chunk
  }
  return { read, done: () => left <= 0 }
}

/** What a reader is told that comes to a position behind which entries are gone. */
function gapOf(journal: Readable, next: number, lost: number, machine: string | undefined): Entry {
  const { layer } = journal
  const following = journal.next(next, undefined)
  const time = following?.time ?? 0
  const data = { after: next - 1, continues: lost + 1 }
  const kind = { kind: 'gap', id: `${layer}.gap.${lost + 1}`, cause: undefined, type: 'journal.gap' } as const
  const seq = Math.min(lost, (following?.seq ?? lost + 1) - 1)
  return { seq, time, machine: machine ?? '', layer, ...kind, from: layer, to: 'outside', data }
}
