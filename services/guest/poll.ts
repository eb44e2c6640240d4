import { Type } from 'typebox'
import { closed, SourceId, VmName } from '../../shared/contracts/common.ts'
import type { DataOf } from '../../shared/contracts/message.ts'
import { guestFlow } from '../../shared/contracts/notes/guest.ts'
import { timerType } from '../../shared/model/timer.ts'
import { leaveIfPanicked } from './take-exception.ts'
import { apeiRead } from '../../shared/linux/apei/apei-read.ts'
import { ghesPoll, isPolled, nextPollSince } from '../../shared/linux/apei/ghes-poll.ts'
import { KWORKER, type Ghes } from '../../shared/linux/kernel/state.ts'
import { runMemoryFailureWork } from '../../shared/linux/mm/memory-failure-queue.ts'
import type { Session } from './session.ts'
import { restartAccesses } from './task-access.ts'

/** The guest kernel's timer of a polled source; `start` says which start of the guest it is of. */
export const pollTimer = timerType(
  'ghes.poll',
  closed({ vm: VmName, source: SourceId, start: Type.Integer({ minimum: 0 }) })
)
const CPU = 0

/**
 * The guest kernel's timers for polled sources begin. The polls that would find nothing are left out: a timer is set
 * when somebody has written a record, for the moment at which the kernel's would fire.
 *
 * Spec: Linux 6.1, drivers/acpi/apei/ghes.c, ghes_poll_func, ghes_add_timer.
 * Fidelity: exact for what a poll finds and when.
 */
export function beginPolling(s: Session): void {
  s.polls = new Map(s.k.ghes.filter(isPolled).map(({ sourceId }) => [sourceId, { last: s.io.now, isDue: false }]))
  awaitPolls(s)
}

/** Sets the timer of every source that has a record now and no timer yet. */
export function awaitPolls(s: Session): void {
  for (const [sourceId, { last, isDue }] of s.polls) {
    const source = s.k.ghes.find((one) => one.sourceId === sourceId)
    if (isDue || source === undefined || !hasRecord(s, source)) continue
    s.polls = new Map(s.polls).set(sourceId, { last, isDue: true })
    const { start } = s.guest
    s.io.timer(nextPollSince(s.k, source, CPU, last), pollTimer, { vm: s.vm, source: sourceId, start })
  }
}

function hasRecord(s: Session, source: Ghes): boolean {
  const block = apeiRead(s.k, source.errorStatusAddress)
  if (block === undefined || block === 0n) return false
  return s.k.platform.readPhysical(block, 4)?.some((byte) => byte !== 0) ?? false
}

/** The timer fires: one look at the source, and on. While no vCPU runs, it does when one runs again. */
export function onPollTimer(s: Session, { source, start }: DataOf<typeof pollTimer>): void {
  if (s.k.panic !== undefined || s.guest.gone !== undefined || start !== s.guest.start) return
  s.polls = new Map(s.polls).set(source, { last: s.io.now, isDue: false })
  if (!s.vcpus.some(({ running }) => running)) return
  s.io.note(guestFlow, { vm: s.vm, flow: 'POLL', source })
  ghesPoll(s.k, source)
  runMemoryFailureWork(s.k, CPU, KWORKER)
  if (s.k.panic === undefined) {
    awaitPolls(s)
    restartAccesses(s)
  }
  leaveIfPanicked(s, 0)
}
