import type { Store } from './store.ts'

/**
 * Decides when what has been taken in may take effect: after the store has made it durable. All that arrives within one
 * turn of the event loop shares one write. Without a durable store it takes effect at once, still in order.
 */
export class Commit {
  readonly #store: Store
  readonly #onFailure: (error: unknown) => void
  #pending: (() => void)[] = []
  #scheduled = false
  #draining = false
  #failed = false

  constructor(store: Store, onFailure: (error: unknown) => void) {
    this.#store = store
    this.#onFailure = onFailure
  }

  /** True once the store could not keep something: memory is ahead of it, so nothing may take effect any more. */
  get failed(): boolean {
    return this.#failed
  }

  /** Runs `effect` once everything that was appended so far is durable. */
  later(effect: () => void): void {
    this.#pending.push(effect)
    if (!this.#store.durable) return this.#drain()
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => this.flush())
  }

  flush(): void {
    this.#scheduled = false
    if (this.#failed) return
    try {
      this.#store.flush()
    } catch (error) {
      this.#failed = true
      this.#pending = []
      return this.#onFailure(error)
    }
    this.#drain()
  }

  #run(effect: () => void): void {
    try {
      effect()
    } catch (error) {
      this.#onFailure(error)
    }
  }

  /** Effects may lead to more of them; with a durable store those wait for the next write. */
  #drain(): void {
    if (this.#draining) return
    this.#draining = true
    while (this.#pending.length > 0) {
      const batch = this.#pending
      this.#pending = []
      for (const effect of batch) this.#run(effect)
      if (this.#store.durable) break
    }
    this.#draining = false
  }
}
