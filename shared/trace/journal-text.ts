import { plainLine } from '../contracts/plain-text.ts'
import type { WireEntry } from './entry.ts'
import { tell, type Telling } from './narrate.ts'

const NS_PER_S = 1e9

/**
 * An entry as a person reads it while a journal goes by: seconds since the journal's epoch, its machine, its parties,
 * what it says. '' when it is not told: by itself a detail is not.
 */
export function textLine(entry: WireEntry, telling: Telling = {}): string {
  const [line] = tell([entry], telling)
  if (line === undefined) return ''
  const { from, to } = line.lane
  const parties = from === to ? to : `${from} -> ${to}`
  const time = (entry.time / NS_PER_S).toFixed(6).padStart(14)
  const who = plainLine(`${entry.machine.padEnd(12)} ${parties.padEnd(26)}`)
  return `${time}  ${who} ${line.text}`
}
