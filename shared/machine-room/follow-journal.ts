import { setTimeout as delay } from 'node:timers/promises'
import type { ModelledLayer } from '../contracts/layer.ts'
import { ProblemError } from '../contracts/problem.ts'
import type { WireEntry } from '../trace/entry.ts'
import { filtering, type JournalFilter } from '../trace/journal-filter.ts'
import { whyUnreached } from '../transport/why-unreached.ts'
import { counted } from '../transport/epochs.ts'
import { HEADER, NOT_OFFERED } from '../transport/headers.ts'
import { epochMsOf, isJournal, queryOf, reach } from './read-journals.ts'

/** How far a journal has been read. */
export interface JournalPlace {
  /** Wall time from which the journal counts, in ms since 1970; a journal that began anew has a later one. */
  readonly epochMs: number | undefined
  /** Position of the newest entry that was read, 0 for none. */
  readonly after: number
}

/** An entry, and since when the journal that it is from counts. */
export type DatedEntry = WireEntry & { readonly epochMs: number | undefined }

export interface JournalSource {
  readonly layer: ModelledLayer
  readonly url: string
  /** What the service is asked for. */
  readonly filter: JournalFilter
  readonly place: JournalPlace
  readonly fetch: typeof globalThis.fetch
  readonly signal: AbortSignal
}

/** A journal that has answered, from a place on. */
interface Opened {
  readonly epochMs: number | undefined
  /** Said first, when it is not the journal that the place is of. */
  readonly gap: DatedEntry | undefined
  /** Read from the moment on at which the journal has answered: fetch ends a body that nobody reads, without a word. */
  readonly bytes: AsyncIterable<Uint8Array>
}

/** How long to wait before a service that went away is asked again. */
const AGAIN_MS = 500
/** What passes by itself; any other 4xx will not. */
const PASSING: ReadonlySet<number> = new Set([408, 425, 429])

type Entries = AsyncGenerator<DatedEntry>

/** A journal that is there, its times still to be counted from one moment with those of others. */
export interface OpenJournal {
  readonly epochMs: number | undefined
  readonly entries: (countFrom: number | undefined) => Entries
}

/**
 * A journal as it is now. Asks at once, and gives what reads the answer; undefined when the service keeps no journal. A
 * journal that is cut off in the middle ends with a gap that says so. Throws ProblemError when nobody answers there.
 */
export async function openJournal(source: JournalSource): Promise<OpenJournal | undefined> {
  const { layer, signal } = source
  const opened = await open(source, false)
  if (opened === undefined) return undefined
  const { epochMs } = opened
  async function* entries(countFrom: number | undefined): Entries {
    let { after } = source.place
    try {
      for await (const entry of read(source, opened as Opened, countFrom)) {
        after = entry.seq
        yield entry
      }
    } catch (error) {
      if (!signal.aborted) yield gapOf(layer, { after, because: `it was cut off: ${whyUnreached(error)}` }, epochMs)
    }
  }
  return { epochMs, entries }
}

/**
 * A journal as it grows, until the signal says stop, from where it was after each interruption. It ends by itself when the
 * service keeps none, and with a gap that says so when the service refuses. Times are counted from `countFrom`.
 */
export async function* followJournal(source: JournalSource, countFrom: number | undefined): Entries {
  const { layer, signal } = source
  let { place } = source
  while (!signal.aborted) {
    try {
      const opened = await open({ ...source, place }, true)
      if (opened === undefined) return
      place = { epochMs: opened.epochMs, after: opened.gap === undefined ? place.after : 0 }
      for await (const entry of read(source, opened, countFrom)) {
        place = { ...place, after: entry.seq }
        yield entry
      }
    } catch (error) {
      if (error instanceof Refused) {
        return void (yield gapOf(layer, { after: place.after, because: error.message }, place.epochMs))
      }
      // A service that is down, also in the middle of a line, is what a reader must survive: it is asked again.
      if (!(error instanceof Error)) throw error
    }
    await delay(AGAIN_MS, undefined, { signal, ref: false }).catch(() => undefined)
  }
}

/** Stands for a journal that cannot be read: one gap, which says why and has no end. */
export function unreadable({ layer, place }: JournalSource, because: string): OpenJournal {
  async function* entries(): Entries {
    yield gapOf(layer, { after: place.after, because }, place.epochMs)
  }
  return { epochMs: place.epochMs, entries }
}

class Refused extends ProblemError {}

/** Undefined when the service keeps no journal. Throws ProblemError when nobody answers there, or not with a journal. */
async function open(source: JournalSource, follow: boolean): Promise<Opened | undefined> {
  const { layer, url, filter, place, fetch, signal } = source
  const query = queryOf({ ...filter, after: place.after, ...(follow ? { follow } : {}) })
  const response = await reach(url, `/v1/journal?${query}`, { method: 'GET', signal }, fetch)
  const { ok, status, body } = response
  if (NOT_OFFERED.has(status) || (ok && (!isJournal(response) || body === null))) {
    return void (await body?.cancel())
  }
  if (!ok || body === null) {
    await body?.cancel()
    const why = `${url}/v1/journal answers ${status}`
    const isFinal = status < 500 && !PASSING.has(status)
    throw isFinal ? new Refused('neighbour-refused', why) : new ProblemError('neighbour-refused', why)
  }
  const epochMs = epochMsOf(response)
  if (!isAnew(place, epochMs, response)) return { epochMs, gap: undefined, bytes: reader(body) }
  await body.cancel()
  const because = 'the journal began anew'
  const gap = gapOf(layer, { after: place.after, continues: 1, because }, epochMs)
  const again = await open({ ...source, place: { epochMs, after: 0 } }, follow)
  return again && { ...again, gap }
}

/**
 * Takes a body as its only reader, now and not with the first read. Once a response is out of reach and its body has no
 * reader, the garbage collector has fetch cancel that body, which then looks like one that has come to its end.
 */
function reader(body: NonNullable<Response['body']>): AsyncIterable<Uint8Array> {
  const chunks = (body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]()
  return { [Symbol.asyncIterator]: () => chunks }
}

/** Whether a journal is another one than that of a place: it counts from later on, or has not come as far. */
function isAnew({ epochMs, after }: JournalPlace, now: number | undefined, response: Response): boolean {
  if (after === 0) return false
  if (epochMs !== undefined && now !== undefined && now > epochMs) return true
  const last = response.headers.get(HEADER.journal)
  return last !== null && Number(last) < after
}

async function* read(
  { filter }: JournalSource,
  { bytes, epochMs, gap }: Opened,
  countFrom: number | undefined
): AsyncGenerator<DatedEntry> {
  // Someone else's service may give all that it has.
  const wants = filtering(filter)
  const count = counted(epochMs, countFrom)
  if (gap !== undefined) yield count(gap)
  for await (const line of linesOf(bytes)) {
    const entry = JSON.parse(line) as WireEntry
    if (wants(entry)) yield count({ ...entry, epochMs })
  }
}

/** Throws when the text ends within a line. A reader that pauses hears of a failure when it reads on. */
async function* linesOf(body: Opened['bytes']): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const bytes of body) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line !== '') yield line
  }
  if (rest !== '') throw new Error('it ends within a line')
}

/** Stands in a journal where something of it is missing. */
function gapOf(
  layer: ModelledLayer,
  data: { readonly after: number; readonly continues?: number; readonly because: string },
  epochMs: number | undefined
): DatedEntry {
  const { after, continues } = data
  const seq = continues === undefined ? after : continues - 1
  const id = `${layer}.gap.${continues ?? after + 1}`
  const common = { time: 0, machine: '', layer, kind: 'gap', type: 'journal.gap', from: layer, to: 'outside' } as const
  return { seq, id, data, epochMs, ...common }
}
