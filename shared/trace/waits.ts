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

/** What an entry says of a wait: whose, by name, and how it stands; undefined where it ended. */
export function waitChange({
  kind,
  type,
  layer,
  data
}: WireEntry): { readonly name: string; readonly wait: Wait | undefined } | undefined {
  if (kind !== 'note' || !(type in SAYS)) return undefined
  const { vm, vcpu, context } = (data ?? {}) as { vm?: string; vcpu?: number; context?: string }
  return { name: context === undefined ? `vmm ${vm}/vcpu${vcpu}` : `${layer} ${context}`, wait: SAYS[type] }
}

/** Who repeats itself at the end of a journal, by name. */
export function waitsOf(journal: readonly WireEntry[]): ReadonlyMap<string, Wait> {
  const waits = new Map<string, Wait>()
  for (const entry of journal) {
    const { kind, type, data } = entry
    if (kind === 'note' && type === vmEnded.type) {
      const { vm } = (data ?? {}) as { vm?: string }
      for (const name of waits.keys()) if (name.startsWith(`vmm ${vm}/`)) waits.delete(name)
    }
    const change = waitChange(entry)
    if (change === undefined) continue
    if (change.wait === undefined) waits.delete(change.name)
    else waits.set(change.name, change.wait)
  }
  return waits
}
