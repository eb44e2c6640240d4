import type { KernelEvent, SignalDelivery } from './kernel.ts'

/** What a kernel has said and done so far: dmesg, the ras tracepoints and the signals, newest last, bounded. */
export interface KernelLog {
  readonly dmesg: readonly string[]
  readonly trace: readonly string[]
  readonly signals: readonly SignalDelivery[]
}

export const EMPTY_LOG: KernelLog = { dmesg: [], trace: [], signals: [] }
const KEPT = 1000

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
  return { dmesg: joined(log.dmesg, dmesg), trace: joined(log.trace, trace), signals: joined(log.signals, signals) }
}

function joined<T>(before: readonly T[], added: readonly T[]): readonly T[] {
  return added.length === 0 ? before : [...before, ...added].slice(-KEPT)
}
