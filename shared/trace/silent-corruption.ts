import type { Fields } from '../contracts/fields.ts'
import type { WireEntry } from './entry.ts'

interface Replaced {
  readonly vm: unknown
  readonly start: bigint
  readonly end: bigint
}

/** A guest read memory that was replaced under it, and got on with zeroes in place of its data. */
export const silentCorruption = (journal: readonly WireEntry[]): boolean => corruptedRead(journal) !== undefined

/** The first access by which a guest got zeroes in place of its data. */
export function corruptedRead(journal: readonly WireEntry[]): WireEntry | undefined {
  let replaced: readonly Replaced[] = []
  for (const entry of journal) {
    const { kind, type, to, data } = entry
    const fields = (data ?? {}) as Fields
    const { vm } = fields
    // A cold start promises nobody the data from before.
    if (kind === 'message' && (type === 'guest.reset' || type === 'guest.create')) {
      replaced = replaced.filter((range) => range.vm !== vm)
    }
    if (kind === 'note' && type === 'memory.replaced') {
      const { guestPhysical, length } = fields as { guestPhysical: string; length: string }
      const start = BigInt(guestPhysical)
      replaced = [...replaced, { vm, start, end: start + BigInt(length) }]
    }
    if (replaced.length === 0 || kind !== 'message' || type !== 'access.complete' || to !== 'guest') continue
    const { access } = fields as { access?: { access: string; physical: string } }
    if (access === undefined || access.access === 'store') continue
    const physical = BigInt(access.physical)
    if (replaced.some((range) => range.vm === vm && physical >= range.start && physical < range.end)) return entry
  }
  return undefined
}
