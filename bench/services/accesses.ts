import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { createInterface } from 'node:readline'
import type { WireEntry } from '../../shared/trace/entry.ts'
import { END } from '../story.ts'

/** A story that takes longer than this will never end. */
const LOST_MS = 60_000

export interface Accesses {
  /** How the next access of a machine's task ends. Rejects when that takes too long. */
  next(machine: string): Promise<string>
  close(): void
}

/** Reads the guest's journal as it grows, one reader for all machines. */
export async function followAccesses(guestUrl: string): Promise<Accesses> {
  const reading = get(`${guestUrl}/v1/journal?follow=true`)
  const [response] = (await once(reading, 'response')) as [IncomingMessage]
  const waiting = new Map<string, (outcome: string) => void>()
  createInterface({ input: response }).on('line', (line) => {
    // Most lines are something else, and reading them takes time from what is measured.
    if (!line.includes(END.type)) return
    const { kind, type, machine, data } = JSON.parse(line) as WireEntry
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
    close: () => void response.destroy()
  }
}
