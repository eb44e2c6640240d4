import {
  accessCompleteGuest,
  guestCreate,
  guestDestroy,
  guestForget,
  guestMemoryRead,
  guestMemoryWrite,
  guestReset,
  taskAccess,
  taskCreate,
  vcpuEnter,
  vcpuInterrupt,
  vcpuStop
} from '../../shared/contracts/guest.ts'
import { guestPageOffline, taskMadvise, taskPrctl } from '../../shared/contracts/system-calls.ts'
import { dispatch, on, within } from '../../shared/model/dispatch.ts'
import { procedure } from '../../shared/model/procedure.ts'
import {
  inGuest,
  inGuestStillThere,
  inRunningGuest,
  onGuestCreate,
  onGuestDestroy,
  onGuestForget,
  onGuestReset
} from './guests.ts'
import { onMemoryRead, onMemoryWrite } from './memory.ts'
import { onPollTimer, pollTimer } from './poll.ts'
import { EMPTY_GUESTS, type GuestsState } from './state.ts'
import { onPageOffline, onTaskMadvise, onTaskPrctl } from './system-calls.ts'
import { onTaskAccess, onTaskCreate } from './tasks.ts'
import { onAccessComplete, onEnter, onInterrupt, onStop } from './vcpus.ts'

/** From a guest that starts to the access of a task, and how the guest is told of an error that it met. */
const handle = dispatch<GuestsState, 'guest'>('guest', [
  on(guestCreate, onGuestCreate),
  ...within(inRunningGuest, [
    on(guestMemoryWrite, onMemoryWrite),
    on(taskCreate, onTaskCreate),
    on(taskAccess, onTaskAccess),
    on(taskMadvise, onTaskMadvise),
    on(taskPrctl, onTaskPrctl),
    on(guestPageOffline, onPageOffline),
    on(vcpuEnter, onEnter),
    on(vcpuInterrupt, onInterrupt)
  ]),
  // What was under way when the VM ended still comes.
  ...within(inGuest, [
    on(guestMemoryRead, onMemoryRead),
    on(accessCompleteGuest, onAccessComplete),
    on(vcpuStop, onStop)
  ]),
  ...within(inGuestStillThere, [on(pollTimer, onPollTimer)]),
  on(guestDestroy, onGuestDestroy),
  on(guestForget, onGuestForget),
  on(guestReset, onGuestReset)
])

/**
 * The guest layer: a Linux kernel, its tasks and its memory. It is the same kernel model as the host's and does not
 * know that it is a guest: accesses go out to the memory system, exceptions and interrupts come in.
 */
export const guestModel = procedure<GuestsState>('guest', () => EMPTY_GUESTS, handle)
