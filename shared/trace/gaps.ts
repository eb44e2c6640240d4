import type { Layer } from '../contracts/layer.ts'
import { problem, type Problem } from '../contracts/problem.ts'
import type { WireEntry } from './entry.ts'

/** What is missing of a journal: positions behind `after` of a layer's, so many, and all is there from `continues` on. */
export interface Gap {
  readonly layer: Layer
  readonly after: number
  readonly dropped: number
  readonly continues: number
}

/** What a journal says is missing of it. */
export function gapsOf(journal: readonly WireEntry[]): readonly Gap[] {
  return journal.flatMap(({ kind, layer, data }) =>
    kind === 'gap' ? [{ layer, ...(data as Omit<Gap, 'layer'>) }] : []
  )
}

/** Why nothing can be said of how a run ended; undefined when all of its journal is there. */
export function incomplete(journal: readonly WireEntry[]): Problem | undefined {
  const gaps = gapsOf(journal)
  if (gaps.length === 0) return undefined
  const missing = gaps.map(({ layer, after, continues }) => `${layer}'s entries ${after + 1} to ${continues - 1}`)
  return problem(
    'journal-incomplete',
    `how it ended cannot be told: ${missing.join(', ')} are not all kept (SEABUS_RETENTION and its neighbours say how much is)`
  )
}
