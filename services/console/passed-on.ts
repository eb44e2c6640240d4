import { entriesIn, isJournal, queryOf } from '../../shared/machine-room/read-journals.ts'
import type { WireEntry } from '../../shared/trace/entry.ts'
import { filtering, type JournalFilter } from '../../shared/trace/journal-filter.ts'
import type { LayerUrls } from './layer-urls.ts'

interface PassedOnPorts {
  readonly fetch: typeof globalThis.fetch
  readonly signal: AbortSignal
  readonly isFollowed: boolean
}

/**
 * What of a filter the services are asked for; the rest is sifted when their journals are one. Of a machine all is read,
 * since what lies between two entries says which comes first. `nothing` when there can be nothing.
 */
export async function passedOn(
  layers: LayerUrls,
  filter: JournalFilter,
  ports: PassedOnPorts
): Promise<JournalFilter | 'nothing'> {
  const { machine, trace, ...others } = filter
  if (machine !== undefined) return { machine }
  if (trace === undefined) return others
  const found = (await Promise.all(Object.values(layers).map((url) => ofTrace(url, trace, ports, 1)))).flat()
  // It may begin later, anywhere.
  if (found.length === 0) return ports.isFollowed ? {} : 'nothing'
  // Of a trace id each entry says whether it belongs to it. What follows from a message is seen only where all is.
  if (found.every((entry) => entry.trace === trace)) return { ...others, trace }
  return { machine: [...new Set(found.map((entry) => entry.machine))] }
}

/** The first entries that a service has of a trace; nothing when it does not answer, which reading it will tell. */
export async function ofTrace(
  url: string,
  trace: string,
  { fetch, signal }: Pick<PassedOnPorts, 'fetch' | 'signal'>,
  limit: number
): Promise<readonly WireEntry[]> {
  try {
    const query = queryOf({ trace, limit })
    const response = await fetch(`${url}/v1/journal?${query}`, { signal })
    const isOffered = response.ok && isJournal(response)
    // Someone else's service may not know what it is asked for, and give all.
    const entries = isOffered ? entriesIn(await response.text()) : []
    if (!isOffered) await response.body?.cancel()
    const wants = filtering({ trace })
    return entries.filter((entry) => entry.kind !== 'gap' && wants(entry)).slice(0, limit)
  } catch (error) {
    if (signal.aborted || !(error instanceof Error)) throw error
    return []
  }
}
