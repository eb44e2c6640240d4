import type { Outcome } from '../trace/outcome.ts'

/** How a matrix sums a run up, worst last; a run is the worst that applies. */
export const VERDICTS = [
  'recovered',
  'process killed',
  'guest panic',
  'avoidable panic',
  'VM lost',
  'host panic',
  'livelock',
  'silent corruption'
] as const
export type Verdict = (typeof VERDICTS)[number]

interface Rule {
  readonly cell: Verdict
  readonly applies: (outcome: Outcome) => boolean
}

const isEnd = (state: string) => state !== 'running'
const isKill = (state: string) => state === 'killed' || state === 'oops'
const anyOf = (states: Readonly<Record<string, string>>, holds: (state: string) => boolean) =>
  Object.values(states).some(holds)

/** First match wins. A panic of firmware takes the host with it. */
const RULES: readonly Rule[] = [
  { cell: 'silent corruption', applies: ({ silentCorruption }) => silentCorruption },
  { cell: 'livelock', applies: ({ livelock }) => livelock },
  { cell: 'host panic', applies: ({ host, firmware }) => host === 'panicked' || firmware === 'panicked' },
  { cell: 'avoidable panic', applies: ({ avoidablePanic }) => avoidablePanic },
  { cell: 'guest panic', applies: ({ guest }) => guest === 'panicked' },
  { cell: 'VM lost', applies: ({ vms }) => anyOf(vms, isEnd) },
  { cell: 'process killed', applies: ({ tasks, processes }) => anyOf(tasks, isKill) || anyOf(processes, isKill) }
]

export function verdictOf(outcome: Outcome): Verdict {
  return RULES.find(({ applies }) => applies(outcome))?.cell ?? 'recovered'
}
