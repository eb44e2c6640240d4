import type { accessCompleteGuest, VcpuEnter, vcpuInterrupt, vcpuStop } from '../../shared/contracts/guest.ts'
import type { DataOf } from '../../shared/contracts/message.ts'
import { guestFlow, guestUnmodelled } from '../../shared/contracts/notes/guest.ts'
import { notifyHed } from '../../shared/linux/apei/ghes-notify-hed.ts'
import { KWORKER } from '../../shared/linux/kernel/state.ts'
import { runningProcess } from '../../shared/linux/kernel/task.ts'
import { runMemoryFailureWork } from '../../shared/linux/mm/memory-failure-queue.ts'
import { boot } from './boot.ts'
import { awaitPolls } from './poll.ts'
import { changeVcpu, type Session } from './session.ts'
import type { Vcpu } from './state.ts'
import { leaveIfPanicked, takeException } from './take-exception.ts'
import { endWork, proceed, restartAccesses } from './task-access.ts'

export function requireVcpu(s: Session, vcpu: number): Vcpu {
  return s.vcpus[vcpu] ?? s.io.refuse('vcpu-unknown', `vm ${s.vm} has no vCPU ${vcpu}`, '/vcpu')
}

/** KVM enters the vCPU: the kernel boots at the first time, takes the exception it is entered with, and goes on. */
export function onEnter(s: Session, { vcpu, exception }: VcpuEnter): void {
  requireVcpu(s, vcpu)
  changeVcpu(s, vcpu, { running: true })
  if (!s.booted) {
    boot(s)
    leaveIfPanicked(s, vcpu)
  }
  if (exception !== undefined) takeException(s, vcpu, exception)
  awaitPolls(s)
  proceed(s, vcpu)
}

/**
 * An SPI is taken between two instructions. The GED's runs its _EVT, which notifies PNP0C33, so every source of the
 * HED kind is looked at.
 */
export function onInterrupt(s: Session, { vcpu, intid }: DataOf<typeof vcpuInterrupt>): void {
  requireVcpu(s, vcpu)
  if (s.k.panic !== undefined) return
  if (intid !== s.guest.errorIntid) return s.io.note(guestUnmodelled, { vm: s.vm, intid, what: 'interrupt' })
  s.io.note(guestFlow, { vm: s.vm, flow: 'IRQ', intid })
  notifyHed(s.k)
  runMemoryFailureWork(s.k, vcpu, KWORKER)
  if (s.k.panic === undefined) restartAccesses(s)
  leaveIfPanicked(s, vcpu)
}

/** The access was good: its task goes on. */
export function onAccessComplete(s: Session, { vcpu }: DataOf<typeof accessCompleteGuest>): void {
  const { current } = requireVcpu(s, vcpu)
  if (current !== undefined) endWork(s, vcpu, runningProcess(s.k, current.pid) === undefined ? 'killed' : 'completed')
  proceed(s, vcpu)
}

/** The vCPU is out of KVM_RUN. */
export function onStop(s: Session, { vcpu }: DataOf<typeof vcpuStop>): void {
  const { index } = requireVcpu(s, vcpu)
  changeVcpu(s, index, { running: false })
}
