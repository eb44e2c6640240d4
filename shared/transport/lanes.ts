/** Machines whose lanes are kept though nothing is in them. */
const MOST = 10_000

/** The lanes of machines to one neighbour. Past so many, those with nothing in them are forgotten. */
export class Lanes<Lane extends { readonly isIdle: boolean }> {
  readonly #make: () => Lane
  readonly #lanes = new Map<string, Lane>()

  constructor(make: () => Lane) {
    this.#make = make
  }

  /** That of a machine; a new one if there is none. */
  of(machine: string): Lane {
    let lane = this.#lanes.get(machine)
    if (lane === undefined) {
      if (this.#lanes.size >= MOST) this.#forgetIdle()
      this.#lanes.set(machine, (lane = this.#make()))
    }
    return lane
  }

  find(machine: string): Lane | undefined {
    return this.#lanes.get(machine)
  }

  all(): readonly Lane[] {
    return [...this.#lanes.values()]
  }

  delete(machine: string): void {
    this.#lanes.delete(machine)
  }

  clear(): void {
    this.#lanes.clear()
  }

  /** Forgets one with nothing in it, of those that are oldest. */
  #forgetIdle(): void {
    for (const [machine, lane] of this.#lanes) if (lane.isIdle) return void this.#lanes.delete(machine)
  }
}
