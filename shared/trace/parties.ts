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
  /** How they came to stand so, in order. */
  readonly changes: readonly PartyChange[]
}

/** One party that is another than before: it began, ended, or went with what it stands on. */
export interface PartyChange {
  readonly party: 'host' | 'firmware' | 'vm' | 'guest'
  /** Of the VM, also of a guest; the host and its firmware have no other name. */
  readonly name: string
  readonly state: string
  /** Place in the journal of the entry that says so, from 0. */
  readonly at: number
  /** Nobody said so of this party: it went with what it stands on. */
  readonly wentAlong?: true
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
  const changes: PartyChange[] = []
  let at = 0
  const vms = new Noted<string>((name, state, along) => changes.push({ party: 'vm', name, state, at, ...along }))
  const guests = new Noted<GuestState>((name, state, along) =>
    changes.push({ party: 'guest', name, state, at, ...along })
  )
  const guestPanics: WireEntry[] = []
  let host: HostState = 'running'
  let firmware: Parties['firmware'] = 'running'
  let hostPanics = 0
  // A VMM that someone else serves keeps no journal: how its VMs stand is seen from KVM.
  const isVmmSilent = !journal.some(({ layer }) => layer === 'vmm')

  /** What ran on the host does no more. */
  const goDown = () => {
    for (const [vm, state] of vms) if (state === 'running') vms.set(vm, 'killed', ALONG)
    for (const [vm, state] of guests) if (state === 'running') guests.set(vm, 'gone', ALONG)
  }
  const leave = (vm: string, state: GuestState) => {
    if (guests.get(vm) !== 'panicked') guests.set(vm, state, state === 'gone' ? ALONG : {})
  }
  const setHost = (state: HostState, along: Along = {}) => {
    host = state
    changes.push({ party: 'host', name: 'host', state, at, ...along })
  }

  for (const [index, entry] of journal.entries()) {
    at = index
    const { vm = '', state = 'ended', reason } = (entry.data ?? {}) as Named
    switch (`${entry.kind} ${entry.type}`) {
      // Firmware that someone else serves has no journal; what it tells the kernel is in the kernel's.
      case 'message platform.halt':
      case 'note firmware.panic':
        if (firmware === 'running') changes.push({ party: 'firmware', name: 'firmware', state: 'panicked', at })
        firmware = 'panicked'
        if (host === 'running') setHost('halted', ALONG)
        goDown()
        break
      case 'note host.panic':
        setHost('panicked')
        hostPanics++
        goDown()
        break
      case 'message host.boot':
        if (firmware === 'running') setHost('running')
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
        if (guests.get(vm) === 'running') guests.set(vm, 'gone', ALONG)
    }
  }
  return {
    host,
    firmware,
    vms: Object.fromEntries(vms),
    guests: Object.fromEntries(guests),
    panics: { host: hostPanics, guest: guestPanics.length },
    guestPanics,
    changes
  }
}

type Along = Pick<PartyChange, 'wentAlong'>
const ALONG: Along = { wentAlong: true }

/** States by name; each that is set is told. */
class Noted<State extends string> extends Map<string, State> {
  readonly #tell: (name: string, state: State, along: Along) => void

  constructor(tell: (name: string, state: State, along: Along) => void) {
    super()
    this.#tell = tell
  }

  override set(name: string, state: State, along: Along = {}): this {
    this.#tell(name, state, along)
    return super.set(name, state)
  }
}

interface Named {
  readonly vm?: string
  readonly state?: string
  readonly reason?: string
}
