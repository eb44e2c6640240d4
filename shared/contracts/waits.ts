import type { Waits } from './became.ts'

/** So many are told to a person; the list that stands beside has them all. */
const TOLD = 5

/** What is waited for, in words: whose it is, what, by whom, and for how long by now. */
export function saysOfWaits(waits: readonly Waits[]): string {
  if (waits.length === 0) return 'nothing is named that it waits for'
  // The rest may wait for nothing but these.
  const told = [...holding(waits), ...waits.filter(({ holds }) => holds !== true)].slice(0, TOLD).map(saysOf)
  const more = waits.length > TOLD ? `; and ${waits.length - TOLD} more` : ''
  return `waits: ${told.join('; ')}${more}`
}

/** What waits for a person, and keeps its machine from going on. */
export const holding = (waits: readonly Waits[]): readonly Waits[] => waits.filter(({ holds }) => holds === true)

function saysOf({ layer, for: what, type, to, id, waitedNs, because, todo }: Waits): string {
  const by = to === undefined ? '' : ` by ${to}`
  const name = id === '' ? '' : ` (${id}${waitedNs === undefined ? '' : `, ${(waitedNs / 1e9).toFixed(1)} s by now`})`
  const why = because === undefined ? '' : `: ${because}`
  return `${layer} for ${what} of ${type || 'its journal'}${by}${name}${why}${todo === undefined ? '' : ` (${todo})`}`
}
