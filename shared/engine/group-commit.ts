import type { Problem } from '../contracts/problem.ts'
import { BackOff, type Timers } from '../transport/timers.ts'
import type { Store } from './store.ts'
import { storageProblem } from './storage-problem.ts'

/** How long after a write that failed it is tried again, at first and at most. */
const FIRST_RETRY_MS = 50
const LAST_RETRY_MS = 1000

export interface GroupCommitPorts {
  readonly store: Store
  readonly timers: Timers
  /** Calls `flush` once the present turn is over; absent: at once. */
  readonly gather: ((flush: () => void) => void) | undefined
  /** Told of an effect that throws, and once of a store that begins to fail. */
  readonly onFailure: (error: unknown, what: string) => void
  /** Called when nothing is on its way into the store. */
  readonly onRest?: (() => void) | undefined
}

/** What has been taken in and waits to be kept: either it takes effect, or it is as if it had never come. */
interface Pending {
  readonly effect: () => void
  readonly undo: (why: Problem) => void
}

/**
 * Decides when what has been taken in may take effect: after the store has made it durable. All that arrives within one
 * turn shares one write and leaves together. What the store cannot keep is undone, and the next write is tried as if
 * nothing had been.
 */
export class GroupCommit {
  readonly #ports: GroupCommitPorts
  #pending: Pending[] = []
  #scheduled = false
  #draining = false
  #trouble: Problem | undefined
  readonly #again = new Set<() => void>()
  readonly #retry = new BackOff(FIRST_RETRY_MS, LAST_RETRY_MS)
  #stopWaiting: (() => void) | undefined
  #isClosed = false

  constructor(ports: GroupCommitPorts) {
    this.#ports = ports
  }

  /** Why the last write has failed; undefined when it has not. */
  get trouble(): Problem | undefined {
    return this.#trouble
  }

  /** Whether something waits to be kept. */
  get isBusy(): boolean {
    return this.#pending.length > 0
  }

  /** Runs `effect` once everything that was appended so far is durable, or `undo` when that cannot be. */
  later(effect: () => void, undo: (why: Problem) => void): void {
    this.#pending.push({ effect, undo })
    const { gather } = this.#ports
    if (gather === undefined) return this.flush()
    if (this.#scheduled) return
    this.#scheduled = true
    gather(() => this.flush())
  }

  flush(): void {
    this.#scheduled = false
    if (this.#draining) return
    this.#draining = true
    try {
      // Effects may lead to more of them: gathered ones wait for the next write, others follow in order.
      do {
        const batch = this.#pending
        this.#pending = []
        const why = this.#write()
        for (const { effect, undo } of batch) this.#run(why === undefined ? effect : () => undo(why))
      } while (this.#pending.length > 0 && this.#ports.gather === undefined)
    } finally {
      this.#draining = false
    }
    if (this.#pending.length === 0 && this.#trouble === undefined) this.#ports.onRest?.()
  }

  /** Runs `again` after a while, when there may be room again. The function returned stops that. */
  retry(again: () => void): () => void {
    this.#again.add(again)
    this.#waitForRoom()
    return () => void this.#again.delete(again)
  }

  /** Tries nothing again. */
  close(): void {
    this.#stopWaiting?.()
    this.#isClosed = true
  }

  #write(): Problem | undefined {
    const { store } = this.#ports
    try {
      store.flush()
    } catch (error) {
      return this.#fails(error)
    }
    if (this.#trouble === undefined) return undefined
    try {
      // It may have had nothing to write, which is no sign that something could be written.
      store.probe?.()
      this.#trouble = undefined
      this.#retry.reset()
    } catch (error) {
      this.#fails(error)
    }
    return undefined
  }

  #fails(error: unknown): Problem {
    if (this.#trouble === undefined) this.#ports.onFailure(error, 'nothing can be kept for now')
    this.#waitForRoom()
    return (this.#trouble = storageProblem(error))
  }

  #waitForRoom(): void {
    if (this.#isClosed) return
    this.#stopWaiting ??= this.#ports.timers.setTimer(this.#retry.next(), () => {
      this.#stopWaiting = undefined
      const again = [...this.#again]
      this.#again.clear()
      for (const each of again) this.#run(each)
      if (again.length === 0) this.flush()
    })
  }

  #run(effect: () => void): void {
    try {
      effect()
    } catch (error) {
      this.#ports.onFailure(error, 'what was to follow from what was kept')
    }
  }
}
