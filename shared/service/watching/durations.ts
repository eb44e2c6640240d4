/** Upper bounds in seconds; what takes longer than the last counts as `+Inf`. */
export const BOUNDS: readonly number[] = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30
]
const BOUNDS_NS = BOUNDS.map((seconds) => seconds * 1e9)

/** How long things took, as a histogram of plain numbers: adding to it costs next to nothing. */
export class Durations {
  /** How many took up to each bound and longer than the one before; the last is of all beyond. */
  readonly counts: number[] = Array.from({ length: BOUNDS.length + 1 }, () => 0)
  sumNs = 0

  /** `ns`: nanoseconds. */
  add(ns: number): void {
    let at = 0
    while (at < BOUNDS_NS.length && ns > (BOUNDS_NS[at] as number)) at++
    this.counts[at] = (this.counts[at] as number) + 1
    this.sumNs += ns
  }
}
