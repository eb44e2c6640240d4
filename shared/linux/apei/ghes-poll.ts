import { NOTIFY } from '../../formats/hest-notification.ts'
import { ENOENT } from '../kernel/errno.ts'
import { ghesProc } from './ghes-proc.ts'
import { HZ, JIFFY_NS, jiffiesAt, msecsToJiffies } from '../kernel/jiffies.ts'
import type { Context, Ghes, Kernel } from '../kernel/state.ts'

/** A timer runs over whatever the CPU was doing; most of the time that is nothing. */
export const IDLE: Context = { pid: undefined, tid: 0, comm: '<idle>', cpu: 0 }

/** Timers of different CPUs are kept apart by this many jiffies. */
const CPU_SKEW = 3

/**
 * The jiffy at which the poll timer is set to expire. The kernel means to round to a whole second, but gives an
 * absolute time to round_jiffies_relative(): what becomes a whole second is expiry + now, so that the shift is anywhere
 * from just under -0.25 s to +0.75 s.
 *
 * Spec: Linux 6.1.192, drivers/acpi/apei/ghes.c, ghes_add_timer; kernel/time/timer.c, round_jiffies_common.
 * Fidelity: exact.
 */
export function pollExpiry(now: number, interval: number, cpu: number): number {
  const skew = CPU_SKEW * cpu
  const asked = now + interval + now + skew
  const remainder = asked % HZ
  const rounded = remainder < HZ / 4 ? asked - remainder : asked - remainder + HZ
  return rounded - skew - now
}

/**
 * Nanoseconds until the poll timer of a source that is armed now, on `cpu`, fires; undefined when it is never polled.
 * An expiry that has passed already fires at the next tick.
 *
 * Spec: Linux 6.1.192, drivers/acpi/apei/ghes.c, ghes_add_timer; kernel/time/timer.c, __run_timers.
 * Fidelity: approximates: timers fire on the tick itself, without the delay of a softirq.
 */
export function nextPollDelayNs(k: Kernel, source: Ghes, cpu: number): number | undefined {
  return isPolled(source) ? delayFrom(source, cpu, k.platform.now) : undefined
}

/** Whether the kernel's timer ever looks at a source. */
export function isPolled({ state, notify, pollIntervalMs }: Ghes): boolean {
  return state === 'armed' && notify === NOTIFY.polled && pollIntervalMs !== 0
}

/**
 * Nanoseconds until the timer that was armed at `from` (ns), and again at every firing since, fires next. It lets a
 * model leave out the polls that find nothing: the one that finds something comes at the same time as ever.
 */
export function nextPollSince(k: Kernel, source: Ghes, cpu: number, from: number): number {
  let at = from
  do at += delayFrom(source, cpu, at)
  while (at <= k.platform.now)
  return at - k.platform.now
}

function delayFrom(source: Ghes, cpu: number, now: number): number {
  const jiffies = jiffiesAt(now)
  const expiry = Math.max(pollExpiry(jiffies, msecsToJiffies(source.pollIntervalMs), cpu), jiffies + 1)
  return (expiry - jiffies) * JIFFY_NS - (now % JIFFY_NS)
}

/**
 * ghes_poll_func(): looks at one polled source once. The caller arms the timer again. Returns 0 or a negative errno.
 *
 * Spec: Linux 6.1.192, drivers/acpi/apei/ghes.c, ghes_poll_func.
 * Fidelity: exact.
 */
export function ghesPoll(k: Kernel, sourceId: number, ctx: Context = IDLE): number {
  if (k.panic !== undefined) return -ENOENT
  const source = k.ghes.find(
    (one) => one.sourceId === sourceId && one.state === 'armed' && one.notify === NOTIFY.polled
  )
  return source === undefined ? -ENOENT : ghesProc(k, source, ctx)
}
