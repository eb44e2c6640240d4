/** What the ways to other layers need of a clock. The engine's clocks are such timers too. */
export interface Timers {
  /**
   * Calls `fire` once `ns` have passed; the function returned stops that. A process stays until then, unless nobody waits
   * for it.
   */
  setTimer(ns: number, fire: () => void, process?: 'stays' | 'lets-end'): () => void
}

export const NS_PER_MS = 1e6

/** The process's own time. */
export const realTimers: Timers = {
  setTimer(ns, fire, process = 'stays') {
    const timeout = setTimeout(fire, ns / NS_PER_MS)
    if (process === 'lets-end') timeout.unref()
    return () => clearTimeout(timeout)
  }
}

/** Waits that double each time, up to a longest one. */
export class BackOff {
  readonly #firstMs: number
  readonly #lastMs: number
  #nextMs: number

  constructor(firstMs: number, lastMs: number) {
    this.#firstMs = this.#nextMs = firstMs
    this.#lastMs = lastMs
  }

  /** How long to wait this time, in nanoseconds. */
  next(): number {
    const ms = this.#nextMs
    this.#nextMs = Math.min(ms * 2, this.#lastMs)
    return ms * NS_PER_MS
  }

  reset(): void {
    this.#nextMs = this.#firstMs
  }
}
