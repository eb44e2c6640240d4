import type { Waits } from './became.ts'

/** So many are told to a person; the list that stands beside has them all. */
const TOLD = 5

/** What is waited for, in words: whose it is, what, by whom, and for how long by now. */
export function saysOfWaits(waits: readonly Waits[]): string {
  if (waits.length === 0) return 'nothing is named that it waits for'
  const told = waits.slice(0, TOLD).map(saysOf)
  const more = waits.length > TOLD ? `; and ${waits.length - TOLD} more` : ''
  return `waits: ${told.join('; ')}${more}`
}

function saysOf({ layer, for: what, type, to, id, waitedNs }: Waits): string {
  const by = to === undefined ? '' : ` by ${to}`
  const name = id === '' ? '' : ` (${id}${waitedNs === undefined ? '' : `, ${(waitedNs / 1e9).toFixed(1)} s by now`})`
  return `${layer} for ${what} of ${type || 'its journal'}${by}${name}`
}
