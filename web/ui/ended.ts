import type { OpenRun } from '../state/open-run.ts'

/** Where the owner of each lane has ended, as far as the playhead has come. */
export function endedBy(run: OpenRun): ReadonlyMap<string, number> {
  void run.version.value
  const ended = new Map<string, number>()
  for (const row of run.model.rows) {
    if (!row.isEnd || row.place > run.now.value || row.level === 'boot') continue
    for (const lane of LANES_ENDED_BY[row.entry.type] ?? []) if (!ended.has(lane)) ended.set(lane, row.place)
  }
  return ended
}

/** Whose lives end with an entry of a type; a process that dies leaves others on its lane. */
const LANES_ENDED_BY: Readonly<Record<string, readonly string[]>> = {
  'firmware.panic': ['firmware', 'host-kernel', 'kvm', 'vmm', 'policy', 'guest', 'process', 'hardware'],
  'platform.halt': ['host-kernel', 'kvm', 'vmm', 'policy', 'guest', 'process'],
  'host.panic': ['host-kernel', 'kvm', 'vmm', 'policy', 'guest', 'process'],
  'vcpu.exit': ['guest', 'process'],
  'guest.destroy': ['guest', 'process'],
  'vm.ended': ['vmm', 'guest', 'process']
}
