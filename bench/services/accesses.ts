import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { createInterface } from 'node:readline'
import type { WireEntry } from '../../shared/trace/entry.ts'
import { END } from '../story.ts'

/** A story that takes longer than this will never end. */
const LOST_MS = 60_000

/** What a reader is told that has missed something. */
const GAP = 'journal.gap'

export interface Accesses {
  /** How the next access of a machine's task ends. Rejects when that takes too long. */
  next(machine: string): Promise<string>
  close(): void
}

/** Reads the guest's journal as it grows, one reader for all machines. */
export async function followAccesses(guestUrl: string): Promise<Accesses> {
  const reading = get(`${guestUrl}/v1/journal?follow=true`)
  const [response] = (await once(reading, 'response')) as [IncomingMessage]
  let isClosing = false
  const waiting = new Map<string, (outcome: string) => void>()
  const lines = createInterface({ input: response })
  // It could miss how an access ends, and would wait for ever.
  const cutOff = (error?: Error) => {
    if (!isClosing) throw new Error('the journal of the guest ended before its reader', { cause: error })
  }
  lines.on('error', cutOff).on('close', () => cutOff())
  lines.on('line', (line) => {
    // Most lines are something else, and reading them takes time from what is measured.
    if (!line.includes(END.type) && !line.includes(GAP)) return
    const { kind, type, machine, data } = JSON.parse(line) as WireEntry
    if (kind === 'gap') throw new Error(`the reader of the guest's journal was too slow: ${line}`)
    if (kind !== 'note' || type !== END.type) return
    const { outcome } = data as { readonly outcome: string }
    waiting.get(machine)?.(outcome)
  })
  return {
    next: (machine) =>
      new Promise((resolve, reject) => {
        const lost = setTimeout(() => reject(new Error(`the access of ${machine} does not end`)), LOST_MS)
        waiting.set(machine, (outcome) => {
          clearTimeout(lost)
          waiting.delete(machine)
          resolve(outcome)
        })
      }),
    close() {
      isClosing = true
      response.destroy()
    }
  }
}
