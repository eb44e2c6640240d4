import { requireRoomFor } from '../../shared/contracts/bounds.ts'
import { exceptionReturn, memoryAccess } from '../../shared/contracts/hardware.ts'
import type { Interrupted } from '../../shared/contracts/common.ts'
import { hostAccess } from '../../shared/contracts/notes/host-kernel.ts'
import { pteAt, untagged } from '../../shared/linux/mm/page-table.ts'
import { returnToUser } from '../../shared/linux/kernel/signal.ts'
import { contextOf, runningProcess } from '../../shared/linux/kernel/task.ts'
import { kernelAccessForUser, userAccess } from '../../shared/linux/arm64/user-access.ts'
import { askerOf } from '../../shared/model/io.ts'
import type { Session } from './session.ts'
import type { ThreadWork, Work } from './state.ts'

const IDLE: ThreadWork = { current: undefined, waiting: [] }
/** Which CPU host processes run on: one is enough to tell their story. */
const CPU = 0

export type AccessOutcome = 'completed' | 'signalled' | 'killed' | 'EFAULT' | 'oops'

/** Lets a thread of a host process go on with its accesses: page tables first, then the memory system. */
export function proceed(s: Session, tid: number): void {
  for (;;) {
    const thread = s.threads.get(tid) ?? IDLE
    const work = thread.current ?? thread.waiting[0]
    if (work === undefined || s.k.panic !== undefined) return
    if (thread.current === undefined) putThread(s, tid, { current: work, waiting: thread.waiting.slice(1) })
    s.io.because(askerOf(s.io, work))
    const went = execute(s, work)
    s.io.because()
    if (went === 'out') return
  }
}

function execute(s: Session, work: Work): 'out' | 'ended' {
  const process = runningProcess(s.k, work.pid)
  if (process === undefined) return endWork(s, work.tid, 'killed')
  returnToUser(s.k, work.tid)
  const ctx = contextOf(process, work.tid, CPU)
  const target = { virtual: work.hostVirtual, kind: work.access }
  const result = work.via === 'user' ? userAccess(s.k, ctx, target) : kernelAccessForUser(s.k, ctx, target)
  if (result.outcome !== 'ok') {
    if (work.via === 'syscall') return endWork(s, work.tid, 'EFAULT')
    return endWork(s, work.tid, runningProcess(s.k, work.pid) === undefined ? 'killed' : 'signalled')
  }
  const interrupted: Interrupted = {
    pid: work.pid,
    tid: work.tid,
    el: work.via === 'user' ? 0 : 2,
    pc: work.pc,
    pstate: 0n,
    access: work.access,
    virtual: work.hostVirtual,
    physical: result.physical
  }
  s.io.send(memoryAccess, interrupted)
  return 'out'
}

/**
 * ERET to an interrupted thread. As long as its translation is the one it had, the instruction executes again and meets
 * what it met; a page that has gone meanwhile is found out at the page tables.
 */
export function returnToThread(s: Session, tid: number, { physical }: Interrupted): void {
  const work = s.threads.get(tid)?.current
  const process = runningProcess(s.k, work?.pid)
  if (work === undefined || process === undefined) return proceed(s, tid)
  const pte = pteAt(s.k, process, untagged(work.hostVirtual))
  if (pte.kind !== 'present' || pte.physical !== physical) return proceed(s, tid)
  s.io.command(exceptionReturn, { pid: work.pid, tid })
}

/** The access was good: the thread goes on. */
export function onAccessComplete(s: Session, { tid }: Interrupted): void {
  if (tid === undefined) s.io.refuse('field-missing', 'whose access completed?', '/tid')
  endWork(s, tid, 'completed')
  proceed(s, tid)
}

export function queueAccess(s: Session, work: Work): void {
  const thread = s.threads.get(work.tid) ?? IDLE
  requireRoomFor('waitingAccesses', thread.waiting.length, s.io, '/tid')
  putThread(s, work.tid, { ...thread, waiting: [...thread.waiting, work] })
  if (thread.current === undefined) proceed(s, work.tid)
}

export function endWork(s: Session, tid: number, outcome: AccessOutcome): 'ended' {
  const thread = s.threads.get(tid)
  if (thread?.current !== undefined) {
    const { pid, hostVirtual, access } = thread.current
    s.io.because(askerOf(s.io, thread.current))
    s.io.note(hostAccess, { pid, tid, hostVirtual, access, outcome })
    s.io.because()
    putThread(s, tid, { ...thread, current: undefined })
  }
  return 'ended'
}

function putThread(s: Session, tid: number, work: ThreadWork): void {
  const threads = new Map(s.threads)
  // A thread that does nothing is as one that has never done anything.
  if (work.current === undefined && work.waiting.length === 0) threads.delete(tid)
  else threads.set(tid, work)
  s.threads = threads
}
