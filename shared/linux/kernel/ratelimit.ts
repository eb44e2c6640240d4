import { HZ, jiffiesAt } from './jiffies.ts'
import type { Kernel, Ratelimit } from './state.ts'
import { printk } from './printk.ts'

const DEFAULT_RATELIMIT_INTERVAL = 5 * HZ
const DEFAULT_RATELIMIT_BURST = 10
const FRESH: Ratelimit = { begin: 0, printed: 0 }

export interface RatelimitResult {
  readonly state: Ratelimit
  readonly allowed: boolean
  /** Calls held back in the window that has just ended; Linux says so before the first line of the next one. */
  readonly suppressed: number
}

/**
 * ___ratelimit(): at most `burst` in a window of `interval` jiffies, which starts with the first call. A new window
 * starts with a call after the old one is over, so a quiet source never prints the line about suppressed ones.
 *
 * Spec: Linux 6.1, lib/ratelimit.c, ___ratelimit.
 * Fidelity: exact.
 */
export function ratelimit(state: Ratelimit, now: number, interval: number, burst: number): RatelimitResult {
  let { begin, printed, missed = 0 } = state
  let suppressed = 0
  if (printed === 0) begin = now
  if (jiffiesAt(now) > jiffiesAt(begin) + interval) {
    suppressed = missed
    begin = now
    printed = 0
    missed = 0
  }
  const allowed = printed < burst
  if (allowed) printed++
  else missed++
  return { state: missed === 0 ? { begin, printed } : { begin, printed, missed }, allowed, suppressed }
}

/** The line ___ratelimit() prints when it lets go after having held back; `caller` is a kernel function. */
export function printSuppressed(k: Kernel, caller: string, suppressed: number): void {
  if (suppressed > 0) printk(k, `${caller}: ${suppressed} callbacks suppressed`)
}

/**
 * pr_warn_ratelimited(): ten lines in five seconds for each place in the code. `site` tells the places of one function
 * apart.
 *
 * Spec: Linux 6.1, include/linux/printk.h, printk_ratelimited; include/linux/ratelimit_types.h.
 * Fidelity: exact.
 */
export function printkRatelimited(k: Kernel, caller: string, site: string, text: string): void {
  const key = `${caller}/${site}`
  const before = k.callsites.get(key) ?? FRESH
  const { state, allowed, suppressed } = ratelimit(
    before,
    k.platform.now,
    DEFAULT_RATELIMIT_INTERVAL,
    DEFAULT_RATELIMIT_BURST
  )
  k.callsites = new Map(k.callsites).set(key, state)
  printSuppressed(k, caller, suppressed)
  if (allowed) printk(k, text)
}
