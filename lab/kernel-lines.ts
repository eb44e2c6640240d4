import type { KernelEvent } from '../shared/linux/kernel/state.ts'

/** The model has no clock that runs while a line is printed: all lines of a run have the time it began. */
const STAMP = '60.000000'
/** A kworker's and an idle task's name and pid, as a recording writes them. */
const KWORKER = 'kworker/0:1-16'

/** A kernel log line as dmesg prints it. */
export const dmesgLine = (text: string): string => `[${STAMP.padStart(12)}] ${text}`

/** The kernel log of some events, as dmesg prints it. */
export function dmesgOf(events: readonly KernelEvent[]): string[] {
  return events.flatMap((event) => (event.type === 'printk' ? [dmesgLine(event.text)] : []))
}

function taskOf(comm: string, pid: number): string {
  if (comm === 'kworker') return KWORKER
  return comm.startsWith('swapper') || pid === 0 ? '<idle>-0' : `${comm}-${pid}`
}

/** The ras tracepoints of some events, as the trace file prints them. */
export function traceOf(events: readonly KernelEvent[]): string[] {
  return events.flatMap((event) => {
    if (event.type !== 'trace') return []
    const [, comm = '', pid = ''] = /^(.*)-(\d+)$/.exec(taskOf(event.comm, event.pid)) ?? []
    return [`${comm.padStart(16)}-${pid.padEnd(7)} [000] ..... ${STAMP.padStart(12)}: ${event.event}: ${event.text}`]
  })
}
