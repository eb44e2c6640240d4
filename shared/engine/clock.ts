import TinyQueue from 'tinyqueue'
import { NS_PER_MS, type Timers } from '../transport/timers.ts'

/** Time as the runtimes see it: whole nanoseconds since an epoch of their own. Models never see more than a number. */
export interface Clock extends Timers {
  /** Wall time of nanosecond 0, in ms since 1970. */
  readonly epochMs: number
  now(): number
}

/** What `setTimeout` takes at most; longer waits are made of several. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1

/**
 * Monotonic time. `epochMs` may lie in the past (a service that restarts keeps the epoch of its machines): `now` then
 * goes on from the wall time passed since, and is monotonic from there.
 */
export function realClock(epochMs: number = Date.now()): Clock {
  // To a fraction of a millisecond, so that the journals of several services can be told apart by time.
  const begunNs = Math.round(Math.max(0, performance.timeOrigin + performance.now() - epochMs) * NS_PER_MS)
  const begun = performance.now()
  const now = () => begunNs + Math.round((performance.now() - begun) * NS_PER_MS)
  return {
    epochMs,
    now,
    setTimer(ns, fire, process = 'stays') {
      const due = now() + ns
      let timeout: NodeJS.Timeout
      const waitMs = (ms: number) => {
        timeout = setTimeout(wait, Math.min(ms, MAX_TIMEOUT_MS))
        if (process === 'lets-end') timeout.unref()
      }
      const wait = () => {
        const leftMs = Math.ceil((due - now()) / NS_PER_MS)
        if (leftMs <= 0) fire()
        else waitMs(leftMs)
      }
      waitMs(Math.ceil(ns / NS_PER_MS))
      return () => clearTimeout(timeout)
    }
  }
}

export interface VirtualClock extends Clock {
  /** Moves time on by `ns`, firing what falls due in order of its time, and what is due at once in order of its setting. */
  advance(ns: number): void
  /** Nanoseconds until the next timer, or undefined. */
  nextTimer(): number | undefined
}

interface Pending {
  readonly due: number
  readonly order: number
  /** Absent once it was cancelled. */
  fire: (() => void) | undefined
}

/** Time that only moves when told to. */
export function virtualClock(epochMs = 0): VirtualClock {
  const timers = new TinyQueue<Pending>([], (a, b) => a.due - b.due || a.order - b.order)
  let now = 0
  let order = 0
  /** The next timer that has not been cancelled. */
  const peek = () => {
    while (timers.peek() !== undefined && timers.peek()?.fire === undefined) timers.pop()
    return timers.peek()
  }
  return {
    epochMs,
    now: () => now,
    setTimer(ns, fire) {
      const timer: Pending = { due: now + Math.max(0, ns), order: order++, fire }
      timers.push(timer)
      return () => void (timer.fire = undefined)
    },
    nextTimer() {
      const next = peek()
      return next === undefined ? undefined : next.due - now
    },
    advance(ns) {
      const until = now + ns
      for (let next = peek(); next !== undefined && next.due <= until; next = peek()) {
        timers.pop()
        now = next.due
        next.fire?.()
      }
      now = until
    }
  }
}
