import type { Lane } from '../contracts/lane.ts'
import type { Row } from './row.ts'

/** Where the owner of each lane has ended, by lane, as far as the entry at `now`. */
export function endedLanes(rows: readonly Row[], now: number): ReadonlyMap<string, number> {
  const ended = new Map<string, number>()
  for (const { isEnd, place, level, entry } of rows) {
    if (!isEnd || place > now || level === 'boot') continue
    for (const lane of ENDED_BY[entry.type] ?? []) if (!ended.has(lane)) ended.set(lane, place)
  }
  return ended
}

/** The lane of whoever ends with a row: mostly who is told so, but a guest that leaves for good tells it of itself. */
export function endedLane({ from, to, entry }: Pick<Row, 'from' | 'to' | 'entry'>): Lane {
  const ended = ENDED_BY[entry.type] ?? []
  return !ended.includes(to) && ended.includes(from) ? from : to
}

/** Whose lives end with an entry of a type; a process that dies leaves others on its lane. */
const ENDED_BY: Readonly<Record<string, readonly string[]>> = {
  'firmware.panic': ['firmware', 'host-kernel', 'kvm', 'vmm', 'policy', 'guest', 'process', 'hardware'],
  'platform.halt': ['host-kernel', 'kvm', 'vmm', 'policy', 'guest', 'process'],
  'host.panic': ['host-kernel', 'kvm', 'vmm', 'policy', 'guest', 'process'],
  'vcpu.exit': ['guest', 'process'],
  'guest.destroy': ['guest', 'process'],
  'vm.ended': ['vmm', 'guest', 'process']
}
