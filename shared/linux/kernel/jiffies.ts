/** CONFIG_HZ of the Debian arm64 kernel. */
export const HZ = 250
export const JIFFY_NS = 1e9 / HZ
/** The counter starts five minutes before it would wrap at 32 bits. */
const INITIAL_JIFFIES = 2 ** 32 - 300 * HZ

/**
 * The jiffies counter at a time of sched_clock (ns).
 *
 * Spec: Linux 6.1, include/linux/jiffies.h, INITIAL_JIFFIES; kernel/time/timer.c.
 * Fidelity: approximates: the tick starts when sched_clock does.
 */
export function jiffiesAt(now: number): number {
  return INITIAL_JIFFIES + Math.floor(now / JIFFY_NS)
}

/** msecs_to_jiffies(): rounds up. */
export function msecsToJiffies(milliseconds: number): number {
  return Math.ceil((milliseconds * HZ) / 1000)
}
