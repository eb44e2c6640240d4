import { Readable } from 'node:stream'
import { createInterface } from 'node:readline'
import type { Layer } from '../../shared/contracts/layer.ts'
import { isJournal, mergeJournals, readJournal } from '../../shared/kit/system-http.ts'
import type { WireEntry } from '../../shared/kit/system.ts'

type Urls = Readonly<Partial<Record<Layer, string>>>
/** How long an entry waits for its cause, which may be on its way from another service or belong to a replaced one. */
const WAIT_FOR_CAUSE_MS = 250

/** All journals so far as one, in causal order. */
export async function mergedJournal(urls: Urls, machine: string | undefined): Promise<readonly WireEntry[]> {
  const journals = await Promise.all(Object.values(urls).map((url) => readJournal(url)))
  return mergeJournals(journals).filter((entry) => machine === undefined || entry.machine === machine)
}

/**
 * All journals as they grow, as NDJSON: an entry comes after its cause. A service that goes away is followed again when
 * it is back; nothing here ever slows a service down, since each journal is pulled.
 */
export function followJournals(urls: Urls, machine: string | undefined): Readable {
  const stop = new AbortController()
  const out = new Readable({
    encoding: 'utf8',
    read: () => undefined,
    destroy: (error, done) => (stop.abort(), done(error))
  })
  const told = new Set<string>()
  const waiting = new Map<string, WireEntry[]>()
  const tell = (entry: WireEntry): void => {
    told.add(entry.id)
    out.push(`${JSON.stringify(entry)}\n`)
    const released = waiting.get(entry.id) ?? []
    waiting.delete(entry.id)
    released.forEach(tell)
  }
  const take = (entry: WireEntry): void => {
    if (machine !== undefined && entry.machine !== machine) return
    // Kept by its sender and by its receiver: the first to be read counts.
    if (entry.kind === 'message' && told.has(entry.id)) return
    const { cause } = entry
    if (cause === undefined || told.has(cause)) return tell(entry)
    waiting.set(cause, [...(waiting.get(cause) ?? []), entry])
    setTimeout(() => {
      const late = waiting.get(cause)
      waiting.delete(cause)
      late?.forEach(tell)
    }, WAIT_FOR_CAUSE_MS).unref()
  }
  for (const url of Object.values(urls)) void follow(url, take, stop.signal)
  return out
}

const AGAIN_MS = 500

/**
 * Follows one service's journal until told to stop, from where it was after each interruption. Someone else's service
 * may keep none: then its neighbours do.
 */
async function follow(url: string, take: (entry: WireEntry) => void, signal: AbortSignal): Promise<void> {
  let after = 0
  while (!signal.aborted) {
    try {
      const response = await fetch(`${url}/v1/journal?follow=true&after=${after}`, { signal })
      if (response.status === 404 || (response.ok && !isJournal(response))) return void (await response.body?.cancel())
      if (response.body === null) throw new Error(`${url} sent no journal`)
      for await (const line of createInterface({ input: Readable.fromWeb(response.body) })) {
        const entry = JSON.parse(line) as WireEntry
        after = entry.seq
        take(entry)
      }
    } catch (error) {
      // A service that is down is what a journal must survive: it is asked again.
      if (!signal.aborted && !(error instanceof Error)) throw error
    }
    await new Promise<void>((resolve) => void setTimeout(resolve, signal.aborted ? 0 : AGAIN_MS).unref())
  }
}
