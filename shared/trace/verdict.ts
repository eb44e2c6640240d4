import type { Outcome } from './outcome.ts'

/** How a matrix sums a run up, worst last; a run is the worst that applies. */
export const VERDICTS = [
  'recovered',
  'process killed',
  'guest panic',
  'avoidable panic',
  'VM lost',
  'host panic',
  'livelock',
  'nobody told',
  'silent corruption'
] as const
export type Verdict = (typeof VERDICTS)[number]

interface Rule {
  readonly cell: Verdict
  readonly applies: (outcome: Outcome) => boolean
}

/** The VMM died, or stopped its VM. One that migrated or was switched off by its guest is not lost. */
const LOST: ReadonlySet<string> = new Set(['killed', 'stopped', 'failed'])
const isLost = (state: string) => LOST.has(state)
const isKill = (state: string) => state === 'killed' || state === 'oops'
const anyOf = (states: Readonly<Record<string, string>>, holds: (state: string) => boolean) =>
  Object.values(states).some(holds)

/** First match wins, the worst first. A panic counts though the kernel was started anew since. That of firmware takes the host with it. */
const RULES: readonly Rule[] = [
  { cell: 'silent corruption', applies: ({ silentCorruption }) => silentCorruption },
  { cell: 'livelock', applies: ({ livelock }) => livelock },
  { cell: 'host panic', applies: ({ panics, firmware }) => panics.host > 0 || firmware === 'panicked' },
  { cell: 'avoidable panic', applies: ({ avoidablePanic }) => avoidablePanic },
  { cell: 'guest panic', applies: ({ panics }) => panics.guest > 0 },
  { cell: 'VM lost', applies: ({ vms }) => anyOf(vms, isLost) },
  { cell: 'process killed', applies: ({ tasks, processes }) => anyOf(tasks, isKill) || anyOf(processes, isKill) },
  // Whoever ended of an error was told of it, so this is said only where nobody did.
  { cell: 'nobody told', applies: ({ untold }) => untold }
]

export function verdictOf(outcome: Outcome): Verdict {
  return RULES.find(({ applies }) => applies(outcome))?.cell ?? 'recovered'
}
