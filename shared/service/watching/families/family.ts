import type { Durations } from '../durations.ts'
import type { Count } from '../entry-counts.ts'

/** One line of `/metrics`. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number | Durations
}

/** A metric: what it is called and says, and what it is when somebody asks. `Of` is where that comes from. */
export interface Family<Of> {
  readonly name: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  readonly labels: readonly string[]
  readonly read: (of: Of) => readonly Sample[]
}

export const one = (value: number): readonly Sample[] => [{ labels: {}, value }]
export const maybe = (value: number | undefined): readonly Sample[] => (value === undefined ? [] : one(value))
export const counted = (counts: ReadonlyMap<string, Count>): readonly Sample[] => [...counts.values()]
const NS_PER_S = 1e9

export const secondsSince = (since: number | undefined, now: () => number) =>
  since === undefined ? 0 : Math.max(0, now() - since) / NS_PER_S
