import type { Layer } from '../contracts/layer.ts'
import { problem, type Problem } from '../contracts/problem.ts'
import type { WireEntry } from './entry.ts'

/**
 * What is missing of a layer's journal: of what stood behind `after` something is not here, and all is from `continues` on.
 * How many entries that are nobody knows, since what lies between may still be here in part. Without `continues` nothing
 * further is here, and `because` says why.
 */
export interface Gap {
  readonly layer: Layer
  readonly after: number
  readonly continues?: number
  readonly because?: string
}

/** What a journal says is missing of it. */
export function gapsOf(journal: readonly WireEntry[]): readonly Gap[] {
  return journal.flatMap(({ kind, layer, data }) =>
    kind === 'gap' ? [{ layer, ...(data as Omit<Gap, 'layer'>) }] : []
  )
}

function missingOf({ layer, after, continues, because }: Gap): string {
  if (continues !== undefined) return `${layer}'s entries ${after + 1} to ${continues - 1}`
  return `${layer}'s entries from ${after + 1} on${because === undefined ? '' : ` (${because})`}`
}

/** Why nothing can be said of how a run ended; undefined when all of its journal is there. */
export function incomplete(journal: readonly WireEntry[]): Problem | undefined {
  const gaps = gapsOf(journal)
  if (gaps.length === 0) return undefined
  const missing = gaps.map(missingOf)
  return problem(
    'journal-incomplete',
    `how it ended cannot be told: ${missing.join(', ')} are not all kept (SEABUS_RETENTION and its neighbours say how much is)`
  )
}
