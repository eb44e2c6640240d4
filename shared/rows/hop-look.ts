import type { Hop } from '../story/hops.ts'
import type { RowMark } from './row.ts'

export interface HopLook {
  readonly mark: RowMark
  /** Who is told, or who decides, or who ends. */
  readonly whom: string
}

/** The address that a hop names, in the space of who is told: KVM looks for the page of its guest. */
export function addressOf({ addresses, to }: Hop): string | undefined {
  const own = to === 'kvm' ? addresses.find(({ space }) => space === 'guestPhysical') : undefined
  return (own ?? addresses[0])?.address
}

/** A hop as the page shows it. */
export function lookOf({ mark, whom, isFatal, from, to }: Hop): HopLook {
  if (mark === 'end') return { mark: 'end', whom }
  if (mark === 'policy') return { mark: 'decision', whom: 'the policy decides' }
  if (from === 'outside' && (mark === 'call' || mark === 'note')) {
    return { mark: 'fault', whom: to === 'hardware' ? 'in DRAM' : `→ ${whom}` }
  }
  return { mark, whom: `→ ${whom}${isFatal ? ', fatal' : ''}` }
}
