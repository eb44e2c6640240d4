import { percentile, ratio } from '../../bench/statistics.ts'
import { table } from '../reliability/page.ts'
import { RETENTION, type Form } from './system.ts'

/** What so many stories in a row have been like, and what is there after them. */
export interface Block {
  /** Stories that have been told by its end. */
  readonly until: number
  readonly times: readonly number[]
  /** Laps of a bare ring with as many hops as a story has, between the stories. */
  readonly laps: readonly number[]
  readonly heapBytes: number
  readonly rssBytes: number
  readonly diskBytes: number
}

export interface Soak {
  readonly form: Form
  readonly asked: number
  readonly blocks: readonly Block[]
  readonly minutes: number
  /** From the start of the processes until all serve: with nothing kept, and with what the stories have left. */
  readonly startMs: { readonly empty: number; readonly after: number }
  /** CPU of the process that took most for that, with what the stories have left. */
  readonly startCpuMs: number
}

/** The last may be so much more than the second. */
const LIMIT = 1.1
const RESTART_MS = 2000

const VALUES: readonly { readonly name: string; readonly unit: string; readonly of: (block: Block) => number }[] = [
  { name: 'memory after a collection', unit: 'MB', of: ({ heapBytes }) => heapBytes / 1e6 },
  { name: 'resident memory', unit: 'MB', of: ({ rssBytes }) => rssBytes / 1e6 },
  { name: 'disk', unit: 'MB', of: ({ diskBytes }) => diskBytes / 1e6 },
  { name: 'latency, p50', unit: 'ms', of: ({ times }) => percentile(times, 50) },
  { name: 'latency, p95', unit: 'ms', of: ({ times }) => percentile(times, 95) },
  { name: "a bare ring's lap, p50", unit: 'ms', of: ({ laps }) => percentile(laps, 50) },
  {
    name: 'latency, p50, to that',
    unit: 'x',
    of: ({ times, laps }) => ratio(percentile(times, 50), percentile(laps, 50))
  }
]
/**
 * Resident memory is what the runtime has not given back, and milliseconds are also what else the machine does: they are
 * told and not judged.
 */
const JUDGED = new Set(['memory after a collection', 'disk', 'latency, p50, to that'])

export interface Verdict {
  readonly what: string
  readonly met: boolean
}

/** The second block is the first in which nothing is new; the last is held against it. */
export function verdictsOf({ blocks, startMs }: Soak): readonly Verdict[] {
  const [, second] = blocks
  const last = blocks.at(-1)
  if (second === undefined || last === undefined || last === second) return [{ what: 'enough stories', met: false }]
  const held = VALUES.filter(({ name }) => JUDGED.has(name)).map(({ name, of }) => ({
    what: name,
    met: of(last) <= LIMIT * of(second)
  }))
  return [...held, { what: 'restart', met: startMs.after < RESTART_MS }]
}

/** The section of a soak in docs/reliability.md. */
export function soakText(soak: Soak): string {
  const { asked, blocks, minutes, startMs, startCpuMs } = soak
  const verdicts = new Map(verdictsOf(soak).map(({ what, met }) => [what, met ? 'met' : '**missed**']))
  const [, second] = blocks
  const last = blocks.at(-1)
  const told = last?.until ?? 0
  if (second === undefined || last === undefined) return `${told} stories are too few to be held against each other.\n`
  const size = second.times.length
  const rows = VALUES.map(({ name, unit, of }) => [
    name,
    ...[second, last].map((block) => `${of(block).toFixed(1)} ${unit}`),
    `${((of(last) / of(second) - 1) * 100).toFixed(0)} %`,
    verdicts.get(name) ?? 'told only'
  ])
  const seconds = (ms: number) => `${(ms / 1000).toFixed(2)} s`
  const head = ['', `second ${size} stories`, `last ${size}`, 'change', 'at most 10 % more']
  const lost = `${told} of ${asked} stories told in ${minutes.toFixed(1)} minutes; each ended as it must, 0 lost. Journals keep ${RETENTION} entries each.`
  const restart = `Restart after SIGKILL with what is left: ${seconds(startMs.after)} until all serve (CPU of the slowest process: ${seconds(startCpuMs)}), with nothing kept ${seconds(startMs.empty)}; goal below 2 s: ${verdicts.get('restart') ?? 'not judged'}.`
  return [lost, '', table(head, rows), restart, ''].join('\n')
}
