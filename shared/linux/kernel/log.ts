import { plainLine } from '../../contracts/plain-text.ts'
import type { KernelEvent, SignalDelivery } from './state.ts'

/**
 * The newest entries of a growing list, oldest first: full chunks and the one that is being filled. Appending copies one
 * chunk at most, however much is kept.
 */
export type Recent<T> = readonly (readonly T[])[]

const CHUNK = 64
const CHUNKS = 16

/** The kept entries in order. */
export function entriesOf<T>(recent: Recent<T>): readonly T[] {
  return recent.flat()
}

function append<T>(recent: Recent<T>, added: readonly T[]): Recent<T> {
  if (added.length === 0) return recent
  const last = recent.at(-1)
  if (last !== undefined && last.length < CHUNK) return [...recent.slice(0, -1), [...last, ...added]]
  return [...recent.slice(1 - CHUNKS), added]
}

/** What a kernel has said and done so far: dmesg, the ras tracepoints and the signals. */
export interface KernelLog {
  readonly dmesg: Recent<string>
  readonly trace: Recent<string>
  readonly signals: Recent<SignalDelivery>
}

export const EMPTY_LOG: KernelLog = { dmesg: [], trace: [], signals: [] }

/** A log with what one step added; `now` in ns since boot stands in front of each line, as dmesg prints it. */
export function extendLog(
  log: KernelLog,
  events: readonly KernelEvent[],
  signals: readonly SignalDelivery[],
  now: number
): KernelLog {
  if (events.length === 0 && signals.length === 0) return log
  const stamp = (now / 1e9).toFixed(6)
  const dmesg: string[] = []
  const trace: string[] = []
  for (const event of events) {
    if (event.type === 'printk') dmesg.push(`[${stamp.padStart(12)}] ${event.text}`)
    if (event.type === 'trace') trace.push(`${event.comm}-${event.pid} ${stamp}: ${event.event}: ${event.text}`)
  }
  return {
    dmesg: append(log.dmesg, dmesg),
    trace: append(log.trace, trace),
    signals: append(log.signals, signals)
  }
}

/** A log's lines as a file of text, in which a process that is called by two lines has one. */
export function logText(lines: Recent<string>): string {
  return entriesOf(lines)
    .map((line) => `${plainLine(line)}\n`)
    .join('')
}
