/**
 * Which rows each machine has in the log, by their places: what takes rows out need not look for them, and the log needs no
 * index for it. A write changes nothing before `adopt`.
 */
export class Places {
  readonly #kept = new Map<string, number[]>()
  readonly #added = new Map<string, number[]>()
  readonly #taken = new Set<string>()

  /** A row is written. */
  add(machine: string, seq: number): void {
    append(this.#added, machine, [seq])
  }

  /** The rows of a machine, which are taken out. */
  take(machine: string): readonly number[] {
    const kept = this.#taken.has(machine) ? [] : (this.#kept.get(machine) ?? [])
    const added = this.#added.get(machine) ?? []
    this.#taken.add(machine)
    this.#added.delete(machine)
    return [...kept, ...added]
  }

  /** The write has succeeded. */
  adopt(): void {
    for (const machine of this.#taken) this.#kept.delete(machine)
    for (const [machine, added] of this.#added) append(this.#kept, machine, added)
    this.drop()
  }

  /** It has not. */
  drop(): void {
    this.#taken.clear()
    this.#added.clear()
  }
}

function append(to: Map<string, number[]>, machine: string, seqs: readonly number[]): void {
  const there = to.get(machine)
  if (there === undefined) to.set(machine, [...seqs])
  else there.push(...seqs)
}
