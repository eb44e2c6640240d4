import { hostSyscall } from '../../shared/contracts/notes/host-kernel.ts'
import type { hostPageOffline, processMadvise, processPrctl } from '../../shared/contracts/system-calls.ts'
import type { DataOf } from '../../shared/contracts/message.ts'
import type { Answering, Said } from '../../shared/model/io.ts'
import { prctlMceKill } from '../../shared/linux/kernel/prctl-mce-kill.ts'
import type { Context } from '../../shared/linux/kernel/state.ts'
import { madvise, mceKillArguments, PRCTL, returned } from '../../shared/linux/kernel/system-calls.ts'
import { contextOf, runningProcess, threadOf } from '../../shared/linux/kernel/task.ts'
import { writeOfflineFile } from '../../shared/linux/mm/offline-files.ts'
import type { Session } from './session.ts'

/** Whoever writes to sysfs is root's shell: a process of no account. */
const SHELL: Context = { pid: undefined, tid: undefined, comm: 'bash', cpu: 0 }

/** The thread that calls; one that hangs in an access calls nothing. */
function caller(s: Session, pid: number, tid: number): Context {
  const process = runningProcess(s.k, pid) ?? s.io.refuse('process-unknown', `no process ${pid} runs`, '/pid')
  if (threadOf(process, tid) === undefined) s.io.refuse('process-unknown', `no thread ${tid} in it`, '/tid')
  if (s.threads.get(tid)?.current !== undefined) {
    s.io.refuse('task-state', `thread ${tid} is in the middle of an access and calls nothing`, '/tid')
  }
  return contextOf(process, tid, 0)
}

export function onProcessMadvise(
  s: Session,
  { pid, tid = pid, hostVirtual, length, advice, capSysAdmin }: DataOf<typeof processMadvise>,
  { answer }: Answering<typeof processMadvise>
): Said {
  const result = madvise(s.k, caller(s, pid, tid), { advice, virtual: hostVirtual, length, capSysAdmin })
  s.io.note(hostSyscall, { pid, tid, call: 'madvise', name: advice, ...result })
  return answer(result)
}

export function onProcessPrctl(
  s: Session,
  { pid, tid = pid, option, ...args }: DataOf<typeof processPrctl>,
  { answer }: Answering<typeof processPrctl>
): Said {
  caller(s, pid, tid)
  const result = returned(prctlMceKill(s.k, pid, tid, PRCTL[option], mceKillArguments(args)))
  s.io.note(hostSyscall, { pid, tid, call: 'prctl', name: option, ...result })
  return answer(result)
}

export function onPageOffline(
  s: Session,
  { file, value, capSysAdmin }: DataOf<typeof hostPageOffline>,
  { answer }: Answering<typeof hostPageOffline>
): Said {
  const result = returned(writeOfflineFile(s.k, SHELL, file, value, capSysAdmin))
  s.io.note(hostSyscall, { call: 'write', name: file, ...result })
  return answer(result)
}
