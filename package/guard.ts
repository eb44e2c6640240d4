import type { System } from '../shared/machine-room/system.ts'

/** Ends what is waited for once a function or a service of the user's has failed: with its own error. */
export class Guard {
  readonly #failed = Promise.withResolvers<never>()

  constructor() {
    // Nobody may be waiting when it fails; whoever asks next is told.
    this.#failed.promise.catch(() => undefined)
  }

  readonly fail = (error: unknown): void => this.#failed.reject(error)

  /** Whatever is waited for, unless something has failed. */
  unlessItFails<T>(done: Promise<T>): Promise<T> {
    return Promise.race([this.#failed.promise, done])
  }

  /** A system whose every call ends so. */
  guarded(system: System): System {
    const methods = Object.entries(system) as [string, (...given: unknown[]) => Promise<unknown>][]
    const guarded = methods.map(([name, method]) => [
      name,
      (...given: unknown[]) => this.unlessItFails(method(...given))
    ])
    return Object.fromEntries(guarded) as System
  }
}
