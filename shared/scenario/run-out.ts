import type { System } from '../machine-room/system.ts'
import type { WireEntry } from '../trace/entry.ts'
import { waitsOf } from '../trace/waits.ts'

/**
 * Lets time pass for whoever still does the same thing over and over, until it has got on or is said to be in a livelock;
 * and then until whatever else was to come by itself (a poll, a retry) has come once more. Gives the journal as it is by then.
 */
export async function runOut(system: System, machine: string): Promise<readonly WireEntry[]> {
  let told = 0
  for (let before = ''; ;) {
    const journal = await system.journal(machine)
    const waits = [...waitsOf(journal).values()]
    if (waits.length === 0) return journal
    const dues = await system.timers(machine)
    if (dues.length === 0) {
      // On live services a timer that has just fired is none any more, and what comes of it is still under way.
      if (journal.length === told) return journal
      told = journal.length
      await system.settle(machine)
      continue
    }
    // The clock of those who run this stands still.
    const now = JSON.stringify(dues)
    if (now === before) return journal
    before = now
    if (waits.includes('repeats')) {
      await system.advance(Math.min(...dues.map(({ dueInNs }) => dueInNs)), machine)
      continue
    }
    const others = dues.filter(({ type }) => !REPETITIONS.has(type)).map(({ dueInNs }) => dueInNs)
    if (others.length === 0) return journal
    await system.advance(Math.max(...others), machine)
    return system.journal(machine)
  }
}

/** Timers of what is in the livelock itself. */
const REPETITIONS: ReadonlySet<string> = new Set(['pe.retake', 'record.retry'])
