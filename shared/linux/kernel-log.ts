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
  const stamp = (now / 1e9).toFixed(6).padStart(12)
  const dmesg = events.flatMap((event) => (event.type === 'printk' ? [`[${stamp}] ${event.text}`] : []))
  const trace = events.flatMap((event) =>
    event.type === 'trace' ? [`${event.comm}-${event.pid} ${stamp.trim()}: ${event.event}: ${event.text}`] : []
  )
  return {
    dmesg: [...log.dmesg, ...dmesg].slice(-KEPT),
    trace: [...log.trace, ...trace].slice(-KEPT),
    signals: [...log.signals, ...signals].slice(-KEPT)
  }
}
