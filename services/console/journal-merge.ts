import { Readable } from 'node:stream'
import { createInterface } from 'node:readline'
import type { Layer } from '../../shared/contracts/layer.ts'
import { isJournal, mergeJournals, readJournals } from '../../shared/machine-room/over-http.ts'
import type { WireEntry } from '../../shared/trace/entry.ts'

type Urls = Readonly<Partial<Record<Layer, string>>>
/** How long an entry waits for its cause, which may be on its way from another service or belong to a replaced one. */
const WAIT_FOR_CAUSE_MS = 250

/** All journals so far as one, in causal order. */
export async function mergedJournal(urls: Urls, machine: string | undefined): Promise<readonly WireEntry[]> {
  return mergeJournals(await readJournals(Object.values(urls))).filter(
    (entry) => machine === undefined || entry.machine === machine
  )
}

/**
 * All journals as they grow, as NDJSON: an entry comes after its cause. A service that goes away is followed again when
 * it is back; nothing here ever slows a service down, since each journal is pulled.
 */
export function followJournals(urls: Urls, machine: string | undefined): Readable {
  const stop = new AbortController()
  let room: (() => void) | undefined
  const out = new Readable({
    encoding: 'utf8',
    read: () => room?.(),
    destroy: (error, done) => (stop.abort(), room?.(), done(error))
  })
  const told = new RecentIds()
  const waiting = new Map<string, WireEntry[]>()
  let isFull = false
  const tell = (entry: WireEntry): void => {
    told.add(entry.id)
    isFull = !out.push(`${JSON.stringify(entry)}\n`)
    const released = waiting.get(entry.id) ?? []
    waiting.delete(entry.id)
    released.forEach(tell)
  }
  const take = async (entry: WireEntry): Promise<void> => {
    if (machine !== undefined && entry.machine !== machine) return
    // Kept by its sender and by its receiver: the first to be read counts.
    if (entry.kind === 'message' && told.has(entry.id)) return
    const { cause } = entry
    if (cause === undefined || told.has(cause)) tell(entry)
    else {
      waiting.set(cause, [...(waiting.get(cause) ?? []), entry])
      setTimeout(() => {
        const late = waiting.get(cause)
        waiting.delete(cause)
        late?.forEach(tell)
      }, WAIT_FOR_CAUSE_MS).unref()
    }
    // A reader who is slow is waited for, and only that reader: the journals stay where they are.
    if (isFull) await new Promise<void>((resolve) => (room = resolve))
  }
  for (const url of Object.values(urls)) void follow(url, take, stop.signal)
  return out
}

/** The ids told last: a cause is told shortly before its effects, so older ones need not be remembered. */
class RecentIds {
  #now = new Set<string>()
  #before = new Set<string>()

  has(id: string): boolean {
    return this.#now.has(id) || this.#before.has(id)
  }

  add(id: string): void {
    if (this.#now.size >= REMEMBERED) [this.#before, this.#now] = [this.#now, new Set()]
    this.#now.add(id)
  }
}
const REMEMBERED = 50_000

const AGAIN_MS = 500

/**
 * Follows one service's journal until told to stop, from where it was after each interruption. Someone else's service
 * may keep none: then its neighbours do.
 */
async function follow(url: string, take: (entry: WireEntry) => Promise<void>, signal: AbortSignal): Promise<void> {
  let after = 0
  while (!signal.aborted) {
    try {
      const response = await fetch(`${url}/v1/journal?follow=true&after=${after}`, { signal })
      if (response.status === 404 || (response.ok && !isJournal(response))) return void (await response.body?.cancel())
      if (response.body === null) throw new Error(`${url} sent no journal`)
      for await (const line of createInterface({ input: Readable.fromWeb(response.body) })) {
        const entry = JSON.parse(line) as WireEntry
        after = entry.seq
        await take(entry)
      }
    } catch (error) {
      // A service that is down is what a journal must survive: it is asked again.
      if (!signal.aborted && !(error instanceof Error)) throw error
    }
    await new Promise<void>((resolve) => void setTimeout(resolve, signal.aborted ? 0 : AGAIN_MS).unref())
  }
}
