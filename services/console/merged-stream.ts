import { Readable } from 'node:stream'
import { plainText } from '../../shared/contracts/plain-text.ts'
import type { WireEntry } from '../../shared/trace/entry.ts'
import { JournalMerger } from '../../shared/trace/merge-journals.ts'

/** Calls back after so many ms unless it is cancelled. */
export type Later = (call: () => void, ms: number) => () => void

/** How long an entry waits for what may belong before it, which may be on its way or belong to a replaced service. */
const WAIT_MS = 250
/** So many entries of each journal wait here at most; the others stay where they are. */
const HELD = 256

/**
 * Journals as one stream of NDJSON, in the order that merge-journals.ts gives them. Where nothing has left for a
 * while, what is there is no longer held back by a journal that is silent. A reader who is slow is waited for, by the
 * readers of all journals, and nothing is lost; when all journals have ended the stream does.
 */
export function mergedStream(journals: readonly AsyncIterable<WireEntry>[], later: Later = byTimer): Readable {
  const merger = new JournalMerger(journals.length)
  let order = 0
  const waiters = new Set<() => void>()
  let open = journals.length
  let hasRoom = false
  let cancel: (() => void) | undefined

  const out = new Readable({
    encoding: 'utf8',
    read() {
      hasRoom = true
      move()
    },
    destroy(error, done) {
      cancel?.()
      wake()
      done(error)
    }
  })

  /** Tells what is certain, as far as there is room for it. */
  function move(): void {
    let told = 0
    while (hasRoom) {
      const entry = merger.next()
      if (entry === undefined) break
      hasRoom = out.push(`${plainText(JSON.stringify({ ...entry, order: ++order }))}\n`)
      told++
    }
    if (told > 0) wake()
    if (open > 0 || merger.waiting() > 0) return hasRoom ? waitFrom(told > 0) : undefined
    cancel?.()
    out.push(null)
  }

  /** What is there now is released unless something leaves before the time is over. */
  function waitFrom(isAnew: boolean): void {
    if (isAnew) {
      cancel?.()
      cancel = undefined
    }
    if (cancel !== undefined || merger.waiting() === 0) return
    const there = merger.pushed
    cancel = later(() => {
      cancel = undefined
      merger.release(there)
      move()
    }, WAIT_MS)
  }

  function wake(): void {
    const waiting = [...waiters]
    waiters.clear()
    for (const waiter of waiting) waiter()
  }

  async function pull(journal: AsyncIterable<WireEntry>, index: number): Promise<void> {
    for await (const entry of journal) {
      merger.push(index, entry)
      move()
      while (merger.waiting(index) >= HELD && !out.destroyed) {
        await new Promise<void>((resolve) => void waiters.add(resolve))
      }
      if (out.destroyed) return
    }
    merger.end(index)
    open--
    move()
  }

  for (const [index, journal] of journals.entries()) pull(journal, index).catch((error: Error) => out.destroy(error))
  return out
}

const byTimer: Later = (call, ms) => {
  const timer = setTimeout(call, ms).unref()
  return () => clearTimeout(timer)
}
