import { peLivelock, peProgress, peRetake, peSpin } from '../contracts/notes/hardware.ts'
import { recordWaiting } from '../contracts/notes/vmm-errors.ts'
import { vmEnded, vmLivelock, vmWaitOver } from '../contracts/notes/vmm-life.ts'
import type { WireEntry } from './entry.ts'

/** Whoever does the same thing over and over: still on the way to something else, or by all that is known for ever. */
export type Wait = 'repeats' | 'livelock'

/** What each note says of the wait of a PE context, or of a vCPU that a VMM keeps outside; undefined ends it. */
const SAYS: Readonly<Record<string, Wait | undefined>> = {
  [peSpin.type]: 'repeats',
  [peLivelock.type]: 'livelock',
  [peRetake.type]: undefined,
  [peProgress.type]: undefined,
  [recordWaiting.type]: 'repeats',
  [vmLivelock.type]: 'livelock',
  [vmWaitOver.type]: undefined
}

/** Who repeats itself at the end of a journal, by name. */
export function waitsOf(journal: readonly WireEntry[]): ReadonlyMap<string, Wait> {
  const waits = new Map<string, Wait>()
  for (const { kind, type, layer, data } of journal) {
    if (kind !== 'note') continue
    const { vm, vcpu, context } = (data ?? {}) as { vm?: string; vcpu?: number; context?: string }
    if (type === vmEnded.type) for (const name of waits.keys()) if (name.startsWith(`vmm ${vm}/`)) waits.delete(name)
    if (!(type in SAYS)) continue
    const name = context === undefined ? `vmm ${vm}/vcpu${vcpu}` : `${layer} ${context}`
    const wait = SAYS[type]
    if (wait === undefined) waits.delete(name)
    else waits.set(name, wait)
  }
  return waits
}
