/** A time in ns as a person reads it. */
export function timeText(ns: number): string {
  if (ns === 0) return '0'
  const size = Math.abs(ns)
  if (size >= 1e9) return `${rounded(ns / 1e9)} s`
  if (size >= 1e6) return `${rounded(ns / 1e6)} ms`
  if (size >= 1e3) return `${rounded(ns / 1e3)} µs`
  return `${ns} ns`
}

const rounded = (value: number) => String(Number(value.toPrecision(4)))

/** A jump of time that a reader is shown, in ns. */
export const JUMP_NS = 1e6
