import type { Ratelimit } from '../shared/linux/kernel/state.ts'
import { choose, type Choice } from './choice.ts'
import { UPTIME_NS, type PrintMemory, type RunSetup } from './setup.ts'

/** One thing that earlier runs of the boot may have left of the print limit. */
export interface PrintCase {
  readonly choices: readonly Choice[]
  readonly memory: PrintMemory
}

/** DEFINE_RATELIMIT_STATE(ratelimit_uncorrected, 5*HZ, 2). */
const BURST = 2
const WINDOW_NS = 5e9

const both = (window: Ratelimit): PrintMemory['ratelimit'] => ({ corrected: window, uncorrected: window })

/** A window in which all is printed, and so many more were held back, that is over so long after the run has begun. */
const usedUp = (overAfterNs: number): Ratelimit => ({
  begin: UPTIME_NS + overAfterNs - WINDOW_NS,
  printed: BURST,
  missed: 1
})

/** Where nothing is known the first one is taken; polls are whole seconds apart. */
const ASSUMED: readonly (readonly [taken: string, Ratelimit])[] = [
  ['no report was printed in the five seconds before', { begin: 0, printed: 0 }],
  ['earlier runs had used up the limit', { begin: UPTIME_NS, printed: BURST }],
  ['earlier runs had left one report', { begin: UPTIME_NS, printed: BURST - 1 }],
  ['earlier reports were held back, in a window that is over', usedUp(-1e9)],
  ['earlier runs had used up the limit, for 0.5 s more', usedUp(0.5e9)],
  ['earlier runs had used up the limit, for 1.5 s more', usedUp(1.5e9)],
  ['earlier runs had used up the limit, for 2.5 s more', usedUp(2.5e9)]
]

/** What the kernel may remember when the run begins, the usual case first. */
export function printCases({ printLimit, recordCache: estatusCache }: RunSetup): readonly PrintCase[] {
  if (printLimit !== undefined) return [{ choices: [], memory: { ratelimit: printLimit, estatusCache } }]
  return ASSUMED.map(([taken, window]) => ({
    choices: [choose('print limit', taken)],
    memory: { ratelimit: both(window), estatusCache }
  }))
}
