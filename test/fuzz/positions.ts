import type { Positions } from '../../shared/engine/ports.ts'
import { LostEntries } from '../../shared/engine/lost-entries.ts'

/** The positions of a journal whose entries lie with whoever reads it. */
export class PositionsOnly implements Positions {
  readonly #lost = new LostEntries()
  last = 0

  skip(to: number): void {
    this.last = Math.max(this.last, to)
  }

  lose(to: number, machine?: string): void {
    if (machine === undefined) this.#lost.loseAny(to)
    else this.#lost.lose(machine, to)
  }

  lostUntil(machine: string): number {
    return this.#lost.until(machine)
  }

  made(): void {
    // No name is used twice here.
  }

  deleted(machine: string): void {
    this.#lost.forget(machine)
  }
}
