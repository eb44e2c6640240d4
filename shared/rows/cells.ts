import type { VerdictSentence } from '../story/verdict-sentence.ts'
import type { Verdict } from '../trace/verdict.ts'

/** How a run can have ended, from the mildest. */
export type Cell = Verdict

export interface CellLook {
  /** Part of the names of its colours. */
  readonly key: 'rec' | 'proc' | 'live' | 'gp' | 'ap' | 'vm' | 'host' | 'unt' | 'sil'
  readonly name: string
  readonly means: string
}

export const CELLS: Readonly<Record<Cell, CellLook>> = {
  recovered: { key: 'rec', name: 'recovered', means: 'nobody died of it; whoever was told could handle it' },
  'process killed': { key: 'proc', name: 'process killed', means: 'a task or process died, and nothing more' },
  livelock: { key: 'live', name: 'livelock', means: 'the same over and over; somebody makes no progress' },
  'guest panic': { key: 'gp', name: 'guest panic', means: 'the guest kernel panicked, and had to' },
  'avoidable panic': {
    key: 'ap',
    name: 'avoidable panic',
    means: 'it panicked on an SError although the error was contained and had an address'
  },
  'VM lost': { key: 'vm', name: 'VM lost', means: 'the VMM died or stopped its VM' },
  'host panic': { key: 'host', name: 'host panic', means: 'the host panicked, or firmware stopped the platform' },
  'nobody told': {
    key: 'unt',
    name: 'nobody told',
    means: 'there was an error, and no kernel heard of it; what it hit stays in use'
  },
  'silent corruption': {
    key: 'sil',
    name: 'silent corruption',
    means: 'a task went on with something else than its data'
  }
}

export const isCell = (text: unknown): text is Cell => typeof text === 'string' && Object.hasOwn(CELLS, text)

/** What may become of a run yet that is under way. */
const OPEN: ReadonlySet<Cell> = new Set(['recovered', 'nobody told'])

/** The verdict to be shown with a sentence; none while nothing has ended. */
export const shownCell = ({ verdict }: VerdictSentence, isRunning: boolean): Cell | undefined =>
  isRunning && OPEN.has(verdict) ? undefined : verdict
