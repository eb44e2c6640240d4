import type { Readable } from 'node:stream'
import { earliestEpoch, followJournal } from '../../shared/machine-room/read-journals.ts'
import type { WireEntry } from '../../shared/trace/entry.ts'
import { mergedStream } from './merged-stream.ts'

/** A service that does not answer is not waited for when it is asked since when it counts its time. */
const EPOCH_MS = 2000

/**
 * All journals as they grow, as NDJSON: an entry comes after its cause. A service that goes away is followed again when
 * it is back; nothing here ever slows a service down, since each journal is pulled.
 */
export function followJournals(
  urls: readonly string[],
  machine: string | undefined,
  fetch: typeof globalThis.fetch = globalThis.fetch
): Readable {
  const stop = new AbortController()
  const epoch = earliestEpoch(urls, AbortSignal.any([stop.signal, AbortSignal.timeout(EPOCH_MS)]), fetch)
  async function* follow(url: string): AsyncGenerator<WireEntry> {
    yield* followJournal(url, { machine, epochMs: await epoch, signal: stop.signal, fetch })
  }
  return mergedStream(urls.map(follow)).once('close', () => stop.abort())
}
