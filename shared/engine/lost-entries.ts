/**
 * Which positions of a journal have been used and have no entry any more, as far as a reader must know: of each machine and
 * of all, the newest of them.
 */
export class LostEntries {
  readonly #byMachine = new Map<string, number>()
  #newest = 0

  /** An entry of a machine at this position is gone, and all of that machine's before it. */
  lose(machine: string, seq: number): void {
    if (seq > (this.#byMachine.get(machine) ?? 0)) this.#byMachine.set(machine, seq)
    this.loseAny(seq)
  }

  /** Entries up to this position are gone, of machines that are not known any more. */
  loseAny(seq: number): void {
    if (seq > this.#newest) this.#newest = seq
  }

  /** The machine is gone: nobody can miss anything of it. */
  forget(machine: string): void {
    this.#byMachine.delete(machine)
  }

  /** The newest position without its entry, of a machine or of all; 0 when nothing is lost. */
  until(machine?: string): number {
    return machine === undefined ? this.#newest : (this.#byMachine.get(machine) ?? 0)
  }
}
