import { requireRoomFor } from '../../shared/contracts/bounds.ts'
import type { GuestCreate, guestCreate, GuestDestroy, guestForget, guestReset } from '../../shared/contracts/guest.ts'
import type { DataOf } from '../../shared/contracts/message.ts'
import { findMappingFault, frameFault } from '../../shared/linux/mm/check-mappings.ts'
import type { Answering, Io, Said } from '../../shared/model/io.ts'
import { closeGuest, openGuest, type Session } from './session.ts'
import { endAllWork } from './task-access.ts'
import { newGuest, restarted, type Guest, type GuestsState } from './state.ts'

/** A guest with RAM that reads as zero; nothing runs in it yet. */
export function onGuestCreate(
  state: GuestsState,
  setup: GuestCreate,
  io: Answering<typeof guestCreate>
): readonly [Said, GuestsState] {
  const { vm } = setup
  if (state.vms.get(vm)?.gone === undefined && state.vms.has(vm))
    io.refuse('already-exists', `vm ${vm} exists already`, '/vm')
  if (!state.vms.has(vm)) requireRoomFor('machineVms', state.vms.size, io, '/vm')
  requireRam(setup, io)
  return [io.answer({}), withGuest(state, newGuest(setup, state.starts))]
}

/** The guest starts anew; memory that was replaced reads as zero. */
export function onGuestReset(
  state: GuestsState,
  { vm, replaced = [] }: DataOf<typeof guestReset>,
  io: Answering<typeof guestReset>
): readonly [Said, GuestsState] {
  const guest = guestOf(state, vm, io)
  requireThere(guest, io)
  return [io.answer({}), withGuest(state, restarted(guest, replaced))]
}

/** The VM is no more: what its tasks were doing ends, and nothing of it runs again. */
export function onGuestDestroy(
  state: GuestsState,
  { vm, because = 'its VM has ended' }: GuestDestroy,
  io: Io
): GuestsState {
  const guest = guestOf(state, vm, io)
  if (guest.gone !== undefined) return state
  const session = openGuest(guest, io)
  for (const { index } of session.vcpus) endAllWork(session, index)
  if (guest.isForgotten === true) return withoutGuest(state, guest)
  return withGuest(state, { ...closeGuest(session), gone: because })
}

/** Nobody asks about a guest any more: it goes with its VM. */
export function onGuestForget(state: GuestsState, { vm }: DataOf<typeof guestForget>, io: Io): GuestsState {
  const guest = guestOf(state, vm, io)
  return guest.gone === undefined ? withGuest(state, { ...guest, isForgotten: true }) : withoutGuest(state, guest)
}

/** Handles an input in the guest that it is for, refused once that has gone. */
export function inRunningGuest(
  state: GuestsState,
  io: Io,
  handled: (s: Session) => void,
  of: { readonly vm: string }
): GuestsState {
  requireThere(guestOf(state, of.vm, io), io)
  return inGuest(state, io, handled, of)
}

/** Handles an input in the guest that it is for. */
export function inGuest(
  state: GuestsState,
  io: Io,
  handled: (s: Session) => void,
  { vm }: { readonly vm: string }
): GuestsState {
  const session = openGuest(guestOf(state, vm, io), io)
  handled(session)
  return withGuest(state, closeGuest(session))
}

/** Handles a timer of a guest, unless that is forgotten. */
export function inGuestStillThere(
  state: GuestsState,
  io: Io,
  handled: (s: Session) => void,
  of: { readonly vm: string }
): GuestsState {
  return state.vms.has(of.vm) ? inGuest(state, io, handled, of) : state
}

function requireThere({ vm, gone }: Guest, io: Io): void {
  if (gone !== undefined) io.refuse('vm-state', `vm ${vm} is gone: ${gone}`, '/vm')
}

function guestOf(state: GuestsState, vm: string, io: Io): Guest {
  return state.vms.get(vm) ?? io.refuse('vm-unknown', `no vm ${vm} in this guest service`, '/vm')
}

function withGuest(state: GuestsState, guest: Guest): GuestsState {
  return { ...state, vms: new Map(state.vms).set(guest.vm, guest) }
}

/** The guest is forgotten; what was set for it means nothing to one of its name that comes later. */
function withoutGuest(state: GuestsState, { vm, start }: Guest): GuestsState {
  const vms = new Map(state.vms)
  vms.delete(vm)
  return { vms, starts: Math.max(state.starts ?? 0, start + 1) }
}

/** A guest's RAM is whole pages, and has an end. */
function requireRam({ guestPhysical, length, frames = [] }: GuestCreate, io: Io): void {
  const fault = findMappingFault([{ virtual: guestPhysical, physical: undefined, length }], [])
  if (fault !== undefined)
    io.refuse('range-invalid', `RAM: ${fault.detail}`, fault.part === 'length' ? '/length' : '/guestPhysical')
  frames.forEach((frame, index) => {
    const wrong = frameFault(frame, [{ start: guestPhysical, end: guestPhysical + length }])
    if (wrong !== undefined) io.refuse(wrong.code, wrong.detail, `/frames/${index}/${wrong.part}`)
  })
}
