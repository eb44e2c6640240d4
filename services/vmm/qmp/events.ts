import { isUnder } from '../../../shared/contracts/event-id.ts'
import { vmCreated, vmEnded, vmPaused, vmResetDone, vmResumed } from '../../../shared/contracts/notes/vmm-life.ts'
import { vmReset } from '../../../shared/contracts/vmm.ts'
import type { QmpObject } from './json-value.ts'
import { isOver, type Vm, type VmRunState } from '../state.ts'

/** An event of QMP, before it has its time. */
export interface QmpEvent {
  readonly event: string
  readonly data?: QmpObject
}

/** A journal entry as far as it is looked at. */
export interface Happened {
  readonly kind: string
  readonly id: string
  readonly type: string
  readonly data: unknown
}

/** What has been seen of a VM. */
export interface Watched {
  readonly state: 'running' | 'halted' | 'over'
  /** It is paused by whoever manages it, and stays so over a reset. */
  readonly paused: boolean
  /** The latest reset that was asked for from outside: another one is the guest's own. */
  readonly reset: string | undefined
}

export function watchedOf(vm: Vm): Watched {
  const paused = vm.paused !== undefined
  if (isOver(vm)) return { state: 'over', paused, reset: undefined }
  return { state: vm.run !== 'running' || paused ? 'halted' : 'running', paused, reset: undefined }
}

const event = (name: string, data?: QmpObject): QmpEvent =>
  data === undefined ? { event: name } : { event: name, data }
const shutdown = (guest: boolean, reason: string) => event('SHUTDOWN', { guest, reason })
const STOP = event('STOP')
const RESUME = event('RESUME')

type Ended = Exclude<VmRunState, 'running'>

/**
 * What the end of a VM is to QMP. A process that dies or gives up says nothing: its monitor is gone with it.
 *
 * Spec: QEMU 10.2 qapi/run-state.json; system/runstate.c, qemu_system_guest_panicked, qemu_system_shutdown, qemu_system_reset.
 * Fidelity: approximates. A guest that panics stays as it is, as with -action panic=pause; one that asks for a reset and gets
 * none, as with -action reboot=shutdown,shutdown=pause; and a VM whose memory has gone elsewhere leaves by itself.
 */
const ENDS: Readonly<Record<Ended, (code: unknown) => readonly QmpEvent[]>> = {
  'guest-panicked': () => [event('GUEST_PANICKED', { action: 'pause' }), STOP],
  reset: () => [shutdown(true, 'guest-reset'), STOP],
  off: () => [shutdown(true, 'guest-shutdown')],
  stopped: (code) => (code === 0 ? [shutdown(false, 'host-qmp-quit')] : []),
  migrated: () => [STOP, shutdown(false, 'host-qmp-quit')],
  killed: () => [],
  failed: () => []
}
const STAYS: ReadonlySet<unknown> = new Set<Ended>(['guest-panicked', 'reset'])

/** The name of the VM that an entry of the VMM's journal is about, where it may lead to events; else undefined. */
export function vmOf({ kind, type, data }: Happened): string | undefined {
  const isWatched = kind === 'message' ? type === vmReset.type : kind === 'note' && NOTES.has(type)
  return isWatched ? (data as { readonly vm: string }).vm : undefined
}
const NOTES: ReadonlySet<string> = new Set(
  [vmCreated, vmEnded, vmPaused, vmResetDone, vmResumed].map((note) => note.type)
)

/** What an entry about a VM is to whoever listens on its monitor. */
export function eventsOf(
  watched: Watched,
  { kind, id, type, data }: Happened
): readonly [Watched, readonly QmpEvent[]] {
  if (kind === 'message') return [{ ...watched, reset: id }, []]
  if (type === vmPaused.type) return [{ ...watched, state: 'halted', paused: true }, [STOP]]
  if (type === vmResumed.type) return [{ ...watched, state: 'running', paused: false }, [RESUME]]
  if (type === vmResetDone.type) return reset(watched, id)
  if (type !== vmEnded.type) return [watched, []]
  const { state, code } = data as { readonly state: Ended; readonly code?: number }
  const events = ENDS[state](code).filter((one) => one !== STOP || watched.state === 'running')
  return [{ ...watched, state: STAYS.has(state) ? 'halted' : 'over' }, events]
}

/** A guest that had panicked runs again by a reset, a VM that is paused does not. */
function reset(watched: Watched, id: string): readonly [Watched, readonly QmpEvent[]] {
  const isAsked = watched.reset !== undefined && isUnder(id, watched.reset)
  const reason = isAsked ? 'host-qmp-system-reset' : 'guest-reset'
  const done = event('RESET', { guest: !isAsked, reason })
  const goesOn = watched.state === 'halted' && !watched.paused
  const state = goesOn ? 'running' : watched.state
  return [{ ...watched, state, reset: isAsked ? undefined : watched.reset }, goesOn ? [done, RESUME] : [done]]
}
