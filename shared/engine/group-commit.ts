import type { Store } from './store.ts'

export interface GroupCommitPorts {
  readonly store: Store
  /** Calls `flush` once the present turn is over; absent: at once. */
  readonly gather: ((flush: () => void) => void) | undefined
  readonly onFailure: (error: unknown) => void
  /** Called when nothing is on its way into the store. */
  readonly onRest?: (() => void) | undefined
}

/**
 * Decides when what has been taken in may take effect: after the store has made it durable. All that arrives within one
 * turn shares one write and leaves together.
 */
export class GroupCommit {
  readonly #ports: GroupCommitPorts
  #pending: (() => void)[] = []
  #scheduled = false
  #draining = false
  #failed = false

  constructor(ports: GroupCommitPorts) {
    this.#ports = ports
  }

  /** True once the store could not keep something: memory is ahead of it, so nothing may take effect any more. */
  get failed(): boolean {
    return this.#failed
  }

  /** Whether something waits to be kept. */
  get isBusy(): boolean {
    return this.#pending.length > 0
  }

  /** Runs `effect` once everything that was appended so far is durable. */
  later(effect: () => void): void {
    this.#pending.push(effect)
    const { gather } = this.#ports
    if (gather === undefined) return this.flush()
    if (this.#scheduled) return
    this.#scheduled = true
    gather(() => this.flush())
  }

  flush(): void {
    this.#scheduled = false
    if (this.#failed || this.#draining) return
    try {
      this.#ports.store.flush()
    } catch (error) {
      this.#failed = true
      this.#pending = []
      return this.#ports.onFailure(error)
    }
    this.#drain()
  }

  /** Effects may lead to more of them: gathered ones wait for the next write, others follow in order. */
  #drain(): void {
    this.#draining = true
    try {
      while (this.#pending.length > 0) {
        const batch = this.#pending
        this.#pending = []
        for (const effect of batch) this.#run(effect)
        if (this.#ports.gather !== undefined) break
      }
    } finally {
      this.#draining = false
    }
    if (this.#pending.length === 0) this.#ports.onRest?.()
  }

  #run(effect: () => void): void {
    try {
      effect()
    } catch (error) {
      this.#ports.onFailure(error)
    }
  }
}
