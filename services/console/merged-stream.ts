import { Readable } from 'node:stream'
import type { WireEntry } from '../../shared/trace/entry.ts'
import { JournalMerger } from '../../shared/trace/merge-journals.ts'

/** Calls back after so many ms unless it is cancelled. */
export type Later = (call: () => void, ms: number) => () => void

export interface MergedOptions<Entry extends WireEntry> {
  /** What each entry becomes, with its line feed; '' leaves it out. */
  readonly line: (entry: Entry) => string
  /** Told of each entry that has left its journal, by the journal's place, before its line is made. */
  readonly taken?: (journal: number, entry: Entry) => void
  /** The journals end, and are waited for until they do. By default they may be silent for ever. */
  readonly isPatient?: boolean
  /** The journals lack entries, so that a cause that is not there is not waited for. */
  readonly isSifted?: boolean
  /** No more than so many lines. */
  readonly limit?: number | undefined
  readonly later?: Later
}

/** How long an entry waits for what may belong before it, which may be on its way or belong to a replaced service. */
const WAIT_MS = 250
/** So many entries of each journal wait here at most; the others stay where they are. */
const HELD = 256
/** Where all wait for each other's further entries, up to so many of each do; then the clock decides. */
const MOST_HELD = 65_536

/**
 * Journals as one stream of lines, in the order that merge-journals.ts gives them. Where nothing has left for a while, what
 * is there is no longer held back by a journal that is silent. A reader who is slow is waited for, by the readers of all
 * journals, and nothing is lost; when all journals have ended the stream does.
 */
export function mergedStream<Entry extends WireEntry>(
  journals: readonly AsyncIterable<Entry>[],
  options: MergedOptions<Entry>
): Readable {
  const { line, taken, isPatient = false, isSifted = false, limit = Infinity, later = byTimer } = options
  const merger = new JournalMerger<Entry>(journals.length, { taken, isSifted })
  const waiters = new Set<() => void>()
  let open = journals.length
  let left = limit
  let held = HELD
  let hasRoom = false
  let hasEnded = false
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
    if (hasEnded) return
    let moved = 0
    while (hasRoom && left > 0) {
      const entry = merger.next()
      if (entry === undefined) break
      moved++
      const text = line(entry)
      if (text === '') continue
      left--
      hasRoom = out.push(text)
    }
    if (left <= 0) return end()
    if (moved > 0) wake()
    if (open === 0 && merger.waiting() === 0) return end()
    if (hasRoom) waitFrom(moved > 0)
  }

  function end(): void {
    hasEnded = true
    cancel?.()
    out.push(null)
  }

  /** What is there now is released unless something leaves before the time is over. */
  function waitFrom(isAnew: boolean): void {
    if (isPatient) return deepen()
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

  /** Where every journal that has not ended waits for room, and nothing leaves, what decides lies further on. */
  function deepen(): void {
    if (open === 0 || waiters.size < open) return
    if (held >= MOST_HELD) {
      merger.release()
      return move()
    }
    held *= 2
    wake()
  }

  function wake(): void {
    const waiting = [...waiters]
    waiters.clear()
    for (const waiter of waiting) waiter()
  }

  async function pull(journal: AsyncIterable<Entry>, index: number): Promise<void> {
    for await (const entry of journal) {
      merger.push(index, entry)
      move()
      while (merger.waiting(index) >= held && !out.destroyed) {
        await new Promise<void>((resolve) => {
          waiters.add(resolve)
          if (isPatient && hasRoom) deepen()
        })
      }
      if (out.destroyed || left <= 0) return
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
