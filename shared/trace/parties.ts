import { VM_ENDS } from '../contracts/notes/vmm-life.ts'
import type { WireEntry } from './entry.ts'

/**
 * How the parties of a machine stand at the end of a journal. Each state follows from a typed note or message; what stands
 * on something that has ended has ended too.
 */
export interface Parties {
  /** `halted`: firmware has stopped the platform under it. */
  readonly host: HostState
  readonly firmware: 'running' | 'panicked'
  /** By name: what its VMM said last, or `killed` where the host went away under it. */
  readonly vms: Readonly<Record<string, string>>
  readonly guests: Readonly<Record<string, GuestState>>
  /** How often a kernel panicked, though it may have been started anew since. */
  readonly panics: { readonly host: number; readonly guest: number }
  /** Where each guest panicked. */
  readonly guestPanics: readonly WireEntry[]
}

/** What can be said of a VM at the end of a run. */
export const VM_STATES = ['running', ...VM_ENDS] as const

export type HostState = 'running' | 'panicked' | 'halted'

/**
 * `panicked` until it is reset. `off`: it ended by itself and its VMM leaves it so. `gone`: its VMM ended, or the host under
 * it. `migrated`: it runs elsewhere.
 */
export const GUEST_STATES = ['running', 'migrated', 'off', 'gone', 'panicked'] as const
export type GuestState = (typeof GUEST_STATES)[number]

const GUEST_OF_VM: Readonly<Record<string, GuestState>> = {
  'guest-panicked': 'panicked',
  off: 'off',
  reset: 'off',
  migrated: 'migrated'
}

/** A VM whose guest left by itself, as its VMM would call it. */
const VM_OF_EXIT: Readonly<Record<string, string>> = {
  panic: 'guest-panicked',
  'system-off': 'off',
  'system-reset': 'reset'
}

/** Reads how everyone stands out of a journal. */
export function partiesOf(journal: readonly WireEntry[]): Parties {
  const vms = new Map<string, string>()
  const guests = new Map<string, GuestState>()
  const guestPanics: WireEntry[] = []
  let host: HostState = 'running'
  let firmware: Parties['firmware'] = 'running'
  let hostPanics = 0
  // A VMM that someone else serves keeps no journal: how its VMs stand is seen from KVM.
  const isVmmSilent = !journal.some(({ layer }) => layer === 'vmm')

  /** What ran on the host does no more. */
  const goDown = () => {
    for (const [vm, state] of vms) if (state === 'running') vms.set(vm, 'killed')
    for (const [vm, state] of guests) if (state === 'running') guests.set(vm, 'gone')
  }
  const leave = (vm: string, state: GuestState) => {
    if (guests.get(vm) !== 'panicked') guests.set(vm, state)
  }

  for (const entry of journal) {
    const { vm = '', state = 'ended', reason } = (entry.data ?? {}) as Named
    switch (`${entry.kind} ${entry.type}`) {
      // Firmware that someone else serves has no journal; what it tells the kernel is in the kernel's.
      case 'message platform.halt':
      case 'note firmware.panic':
        firmware = 'panicked'
        if (host === 'running') host = 'halted'
        goDown()
        break
      case 'note host.panic':
        host = 'panicked'
        hostPanics++
        goDown()
        break
      case 'message host.boot':
        if (firmware === 'running') host = 'running'
        goDown()
        break
      case 'message vm.create':
        vms.set(vm, 'running')
        break
      case 'message kvm.create-vm':
        if (isVmmSilent) vms.set(vm, 'running')
        break
      case 'note vm.reset':
        vms.set(vm, 'running')
        break
      case 'message guest.create':
      case 'message guest.reset':
        guests.set(vm, 'running')
        break
      case 'message vcpu.exit':
        if (isVmmSilent && vms.get(vm) === 'running') vms.set(vm, VM_OF_EXIT[reason ?? ''] ?? 'stopped')
        if (reason !== 'panic' || guests.get(vm) === 'panicked') break
        guests.set(vm, 'panicked')
        guestPanics.push(entry)
        break
      case 'note vm.ended':
        vms.set(vm, state)
        leave(vm, GUEST_OF_VM[state] ?? 'gone')
        break
      case 'message guest.destroy':
        if (isVmmSilent && vms.get(vm) === 'running') vms.set(vm, 'killed')
        if (guests.get(vm) === 'running') guests.set(vm, 'gone')
    }
  }
  return {
    host,
    firmware,
    vms: Object.fromEntries(vms),
    guests: Object.fromEntries(guests),
    panics: { host: hostPanics, guest: guestPanics.length },
    guestPanics
  }
}

interface Named {
  readonly vm?: string
  readonly state?: string
  readonly reason?: string
}
