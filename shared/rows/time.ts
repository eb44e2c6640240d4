import type { WireEntry } from '../trace/entry.ts'
import type { Row } from './row.ts'
import type { RunModel } from './run-model.ts'

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

/** Ns from the first entry of a run to another; services count from when they began, which is long before. */
export const sinceBegin = (run: RunModel, entry: WireEntry | undefined): number =>
  (entry?.time ?? 0) - (run.at(1)?.entry.time ?? 0)

/** What such a time is. */
export const TIME_MEANS =
  'since the first entry, by the clock of the services: virtual in a file of a terminal, real on live services, where a gap is how busy the machine was'

const LEAST_JUMP_NS = 1e6
const PART = 40

/** From how many ns on a jump of time is shown: much, of all the time that a run took. */
export function jumpFrom(rows: readonly Row[], begin: number): number {
  const first = rows[begin - 1]?.entry.time ?? 0
  const last = rows.at(-1)?.entry.time ?? first
  return Math.max(LEAST_JUMP_NS, (last - first) / PART)
}
