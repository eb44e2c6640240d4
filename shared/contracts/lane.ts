import type { Layer } from './layer.ts'

/**
 * Who takes part in a story, as a reader draws it: every layer but the console, and two that are no service of their
 * own. KVM and the processes of the host live in the service `host-kernel`.
 */
export const LANES = [
  'outside',
  'hardware',
  'firmware',
  'host-kernel',
  'process',
  'kvm',
  'vmm',
  'policy',
  'guest'
] as const
export type Lane = (typeof LANES)[number]

/** Between which lanes an entry lies; what happens within one has it twice. */
export interface Lanes {
  readonly from: Lane
  readonly to: Lane
}

/** The lane of a party that no caption says more about. A timer and the console are outside of the machine. */
export function laneOf(party: Layer | 'outside' | 'timer'): Lane {
  return party === 'timer' || party === 'console' ? 'outside' : party
}
