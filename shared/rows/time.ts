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
  'since the first entry, by the clock of the services: virtual in a file of a terminal, real on live services, where it also tells how busy the machine was'

const LEAST_JUMP_NS = 1e6
const PART = 40

/**
 * How much of the time before an entry was waited for, in ns. In virtual time that is all of it. On live services it is what a
 * timer of the model took: anything else only says how busy the machine was.
 */
const waitedBefore = (row: Row, before: Row | undefined, isVirtual: boolean): number =>
  before === undefined || !(isVirtual || row.entry.from === 'timer') ? 0 : row.entry.time - before.entry.time

/** How much was waited for between the entries at two places, in ns. */
export function jumpBetween(rows: readonly Row[], above: number, place: number, isVirtual: boolean): number {
  let waited = 0
  for (let at = above; at < place; at++) {
    const row = rows[at]
    if (row !== undefined) waited += waitedBefore(row, rows[at - 1], isVirtual)
  }
  return waited
}

/** From how many ns on a jump of time is shown: much, of all that was waited for from the entry at `begin` on. */
export const jumpFrom = (rows: readonly Row[], begin: number, isVirtual: boolean): number =>
  Math.max(LEAST_JUMP_NS, jumpBetween(rows, begin, rows.length, isVirtual) / PART)
