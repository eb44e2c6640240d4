import { guestSyscall } from '../../shared/contracts/notes/guest.ts'
import type { guestPageOffline, taskMadvise, taskPrctl } from '../../shared/contracts/system-calls.ts'
import type { DataOf } from '../../shared/contracts/message.ts'
import type { Answering, Said } from '../../shared/model/io.ts'
import { prctlMceKill } from '../../shared/linux/kernel/prctl-mce-kill.ts'
import type { Context } from '../../shared/linux/kernel/state.ts'
import { madvise, mceKillArguments, PRCTL, returned } from '../../shared/linux/kernel/system-calls.ts'
import { contextOf, runningProcess } from '../../shared/linux/kernel/task.ts'
import { writeOfflineFile } from '../../shared/linux/mm/offline-files.ts'
import type { Session } from './session.ts'
import { leaveIfPanicked } from './take-exception.ts'
import { requireVcpu } from './vcpus.ts'

/** Whoever writes to sysfs is root's shell: a process of no account. */
const SHELL: Context = { pid: undefined, tid: undefined, comm: 'bash', cpu: 0 }

/** User space of the guest runs on this vCPU: it is inside KVM_RUN, and no access hangs there. */
function requireUserSpace(s: Session, index: number): void {
  const { running, current } = requireVcpu(s, index)
  if (s.k.panic !== undefined) s.io.refuse('kernel-panicked', `vm ${s.vm} has panicked: ${s.k.panic}`)
  if (!running) s.io.refuse('vcpu-state', `vCPU ${index} of ${s.vm} does not run`, '/vcpu')
  if (current === undefined) return
  s.io.refuse('task-state', `vCPU ${index} is in the middle of an access of task ${current.pid}`, '/vcpu')
}

function caller(s: Session, pid: number, vcpu: number): Context {
  const process = runningProcess(s.k, pid) ?? s.io.refuse('task-unknown', `no task with pid ${pid} runs`, '/pid')
  requireUserSpace(s, vcpu)
  return contextOf(process, pid, vcpu)
}

export function onTaskMadvise(
  s: Session,
  { pid, vcpu = 0, guestVirtual, length, advice, capSysAdmin }: DataOf<typeof taskMadvise>,
  { answer }: Answering<typeof taskMadvise>
): Said {
  const ctx = caller(s, pid, vcpu)
  const result = madvise(s.k, ctx, { advice, virtual: guestVirtual, length, capSysAdmin })
  s.io.note(guestSyscall, { vm: s.vm, pid, tid: pid, call: 'madvise', name: advice, ...result })
  leaveIfPanicked(s, vcpu)
  return answer(result)
}

export function onTaskPrctl(
  s: Session,
  { pid, vcpu = 0, option, arg2, arg3, arg4, arg5 }: DataOf<typeof taskPrctl>,
  { answer }: Answering<typeof taskPrctl>
): Said {
  caller(s, pid, vcpu)
  const result = returned(prctlMceKill(s.k, pid, pid, PRCTL[option], mceKillArguments({ arg2, arg3, arg4, arg5 })))
  s.io.note(guestSyscall, { vm: s.vm, pid, tid: pid, call: 'prctl', name: option, ...result })
  return answer(result)
}

export function onPageOffline(
  s: Session,
  { vcpu = 0, file, value, capSysAdmin }: DataOf<typeof guestPageOffline>,
  { answer }: Answering<typeof guestPageOffline>
): Said {
  requireUserSpace(s, vcpu)
  const result = returned(writeOfflineFile(s.k, { ...SHELL, cpu: vcpu }, file, value, capSysAdmin))
  s.io.note(guestSyscall, { vm: s.vm, call: 'write', name: file, ...result })
  leaveIfPanicked(s, vcpu)
  return answer(result)
}
