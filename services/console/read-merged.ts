import { Readable } from 'node:stream'
import { ProblemError } from '../../shared/contracts/problem.ts'
import type { ModelledLayer } from '../../shared/contracts/layer.ts'
import {
  followJournal,
  openJournal,
  unreadable,
  type DatedEntry,
  type JournalSource,
  type OpenJournal
} from '../../shared/machine-room/follow-journal.ts'
import { earliestEpoch, earliestOf } from '../../shared/machine-room/read-journals.ts'
import { isSifted, type JournalFilter } from '../../shared/trace/journal-filter.ts'
import type { MergedPlace } from './cursor.ts'
import { linesOf, type Lines } from './merged-lines.ts'
import type { LayerUrls } from './layer-urls.ts'
import { mergedStream } from './merged-stream.ts'
import { passedOn } from './passed-on.ts'

/** What of all journals is read. */
export interface MergedReading {
  readonly filter: JournalFilter
  readonly from: MergedPlace
  readonly limit?: number | undefined
  /** Lines for people instead of NDJSON. */
  readonly isText: boolean
}

/** A service that does not answer is not waited for when it is asked since when it counts its time. */
const EPOCH_MS = 2000

/**
 * All journals as they are now, as lines: an entry comes after its cause. In place of one that cannot be read stands a gap
 * that says why. Throws ProblemError when none can be read.
 */
export async function readMerged(layers: LayerUrls, reading: MergedReading, fetch: typeof globalThis.fetch) {
  const stop = new AbortController()
  try {
    const filter = await passedOn(layers, reading.filter, { fetch, signal: stop.signal, isFollowed: false })
    if (filter === 'nothing') return Readable.from([])
    const sources = sourcesOf(layers, filter, reading, { fetch, signal: stop.signal })
    const opened = await openAll(sources)
    const countFrom = earliestOf(opened.map((journal) => journal?.epochMs).concat(epochsOf(reading)))
    const journals = opened.map((journal) => journal?.entries(countFrom) ?? none())
    return merged(journals, reading, { isPatient: true, isSifted: isSifted(filter) }, stop)
  } catch (error) {
    stop.abort()
    throw error
  }
}

/** Those that can be read, and for each of the others a gap. Throws the first one's problem when there is none. */
async function openAll(sources: readonly JournalSource[]): Promise<readonly (OpenJournal | undefined)[]> {
  const tried = await Promise.allSettled(sources.map(openJournal))
  const problems = tried.flatMap((each) => (each.status === 'rejected' ? [each.reason as unknown] : []))
  const defect = problems.find((reason) => !(reason instanceof ProblemError))
  if (defect !== undefined || problems.length === sources.length) throw (defect ?? problems[0]) as Error
  return tried.map((each, at) =>
    each.status === 'fulfilled'
      ? each.value
      : unreadable(sources[at] as JournalSource, (each.reason as ProblemError).message)
  )
}

/**
 * All journals as they grow, in the same order. A service that goes away is followed again when it is back; nothing here
 * ever slows a service down, since each journal is pulled.
 */
export async function followMerged(layers: LayerUrls, reading: MergedReading, fetch: typeof globalThis.fetch) {
  const stop = new AbortController()
  const { signal } = stop
  const filter = await passedOn(layers, reading.filter, { fetch, signal, isFollowed: true })
  const asked = filter === 'nothing' ? {} : filter
  const soon = AbortSignal.any([signal, AbortSignal.timeout(EPOCH_MS)])
  const earliest = earliestEpoch(Object.values(layers), soon, fetch)
  async function* follow(source: JournalSource): AsyncGenerator<DatedEntry> {
    yield* followJournal(source, earliestOf([await earliest, ...epochsOf(reading)]))
  }
  const journals = sourcesOf(layers, asked, reading, { fetch, signal }).map(follow)
  return merged(journals, reading, { isPatient: false, isSifted: isSifted(asked) }, stop)
}

/** Times go on as they were before the place from which it is read on. */
const epochsOf = ({ from }: MergedReading) => from.places.map(({ epochMs }) => epochMs)

async function* none(): AsyncGenerator<DatedEntry> {
  // A service that keeps no journal.
}

function sourcesOf(
  layers: LayerUrls,
  filter: JournalFilter,
  { from }: MergedReading,
  ports: Pick<JournalSource, 'fetch' | 'signal'>
): readonly JournalSource[] {
  return Object.entries(layers).map(([layer, url], index) => ({
    ...ports,
    layer: layer as ModelledLayer,
    url,
    filter,
    place: from.places[index] ?? { epochMs: undefined, after: 0 }
  }))
}

function merged(
  journals: readonly AsyncIterable<DatedEntry>[],
  reading: MergedReading,
  how: { readonly isPatient: boolean; readonly isSifted: boolean },
  stop: AbortController
): Readable {
  const lines: Lines = linesOf(reading)
  return mergedStream(journals, { ...how, ...lines, limit: reading.limit }).once('close', () => stop.abort())
}
