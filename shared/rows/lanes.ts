import type { Lane } from '../contracts/lane.ts'

/** A lane that the page draws; what comes from outside of the machine has none. */
export type DrawnLane = Exclude<Lane, 'outside'>

export interface LaneHead {
  readonly lane: DrawnLane
  readonly name: string
  /** Where the lane is narrow. */
  readonly short: string
  readonly under: string
}

/** From the left, as an error travels. */
export const LANE_HEADS: readonly LaneHead[] = [
  { lane: 'hardware', name: 'CPU', short: 'CPU', under: 'hardware' },
  { lane: 'firmware', name: 'Firmware', short: 'FW', under: 'EL3' },
  { lane: 'host-kernel', name: 'Host', short: 'Host', under: 'EL2 kernel' },
  { lane: 'kvm', name: 'KVM', short: 'KVM', under: 'EL2' },
  { lane: 'vmm', name: 'VMM', short: 'VMM', under: 'EL0' },
  { lane: 'policy', name: 'Policy', short: 'Policy', under: '' },
  { lane: 'guest', name: 'Guest', short: 'Guest', under: 'EL1 kernel' },
  { lane: 'process', name: 'Process', short: 'Proc', under: 'EL0' }
]

const PLACES = new Map<Lane, number>(LANE_HEADS.map(({ lane }, index) => [lane, index]))

/** How far from the left a lane is, from 0; undefined for what is outside. */
export const lanePlace = (lane: Lane): number | undefined => PLACES.get(lane)

/** A lane as a sentence calls it. */
export const laneName = (lane: Lane): string => LANE_HEADS.find((head) => head.lane === lane)?.name ?? 'outside'
