import { setTimeout as delay } from 'node:timers/promises'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { queryOf } from '../../shared/machine-room/read-journals.ts'
import type { WireEntry } from '../../shared/trace/entry.ts'
import type { JournalFilter } from '../../shared/trace/journal-filter.ts'
import { jsonOf } from '../../shared/transport/json-of.ts'
import { whyUnreached } from '../../shared/transport/why-unreached.ts'
import { askConsole } from '../console/ask-console.ts'
import { ServiceDown } from '../scenario/service-down.ts'

/** A line of the merged journal, with the place in all journals behind it. */
export type Merged = WireEntry & { readonly cursor?: string }

export interface Following {
  readonly filter: JournalFilter
  /** Only what happens from now on. */
  readonly isNew: boolean
  readonly signal: AbortSignal
  /** Told in a line when the console has gone away, and when it is back. */
  readonly notice: (line: string) => void
  /** Ms between two attempts at a console that is not there. */
  readonly againMs?: number
}

const AGAIN_MS = 500
const ACCEPT = { accept: 'application/x-ndjson' }

/**
 * The merged journal as it grows, until the signal says stop; also over a console that is started anew. Throws UsageError for a
 * filter that the console refuses, and ServiceDown when it is not there to begin with.
 */
export async function* followConsole(front: string, following: Following): AsyncGenerator<Merged> {
  const { filter, isNew, signal, notice, againMs = AGAIN_MS } = following
  let after = isNew ? await lastCursor(front, filter, signal) : undefined
  let isBegun = false
  let isLost = false
  while (!signal.aborted) {
    try {
      const query = queryOf({ ...filter, after, follow: true })
      const response = await askConsole(front, `/v1/journal?${query}`, { headers: ACCEPT, signal })
      if (isLost) notice(`${front} is back`)
      isBegun = true
      isLost = false
      for await (const entry of entriesOf(response)) {
        after = entry.cursor ?? after
        yield entry
      }
    } catch (error) {
      signal.throwIfAborted()
      if (!isBegun) throw error
      // A body that ends in the middle is a console that went away, or nothing to say for minutes: asking again tells which.
      if (error instanceof ServiceDown && !isLost) {
        isLost = true
        notice(`${error.message}; it is waited for`)
      } else if (!(error instanceof ServiceDown) && !isOfNetwork(error)) {
        throw error
      }
    }
    await delay(againMs, undefined, { signal })
  }
}

/** The place behind all that there is now. */
async function lastCursor(front: string, filter: JournalFilter, signal: AbortSignal): Promise<string | undefined> {
  let last: string | undefined
  const response = await askConsole(front, `/v1/journal?${queryOf({ ...filter })}`, { headers: ACCEPT, signal })
  for await (const { cursor } of entriesOf(response)) last = cursor ?? last
  return last
}

async function* entriesOf({ body }: Response): AsyncGenerator<Merged> {
  if (body === null) return
  const source = Readable.fromWeb(body)
  const lines = createInterface({ input: source, crlfDelay: Infinity })
  // A reader of lines says nothing of a source that breaks.
  let broken: Error | undefined
  source.once('error', (error: Error) => {
    broken = error
    lines.close()
  })
  try {
    for await (const line of lines) {
      // The last line may have been cut off: it comes again behind the cursor of the one before.
      const entry = jsonOf(line) as Merged | undefined
      if (entry !== undefined) yield entry
    }
  } finally {
    source.destroy()
  }
  if (broken !== undefined) throw broken
}

const isOfNetwork = (error: unknown) => error instanceof TypeError || whyUnreached(error) !== String(error)
