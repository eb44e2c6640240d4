import { taskEnd } from '../../contracts/notes/kernel-steps-mm.ts'
import { stepEvent } from './printk.ts'
import type { Context, Kernel, Process, Thread, Vma } from './state.ts'

/** What a new process needs; threads default to one, the leader, with nothing set. */
export interface NewProcess {
  readonly pid: number
  readonly comm: string
  readonly vmas?: readonly Vma[]
  readonly threads?: readonly NewThread[]
}
export type NewThread = Pick<Thread, 'tid'> & Partial<Thread>

const FRESH_THREAD: Omit<Thread, 'tid'> = {
  mceKill: 'default',
  sigbus: { action: 'default', blocked: false },
  pending: undefined
}

const newThread = (thread: NewThread): Thread => ({ ...FRESH_THREAD, ...thread })

function putProcess(k: Kernel, process: Process): Process {
  k.processes = new Map(k.processes).set(process.pid, process)
  return process
}

/** Adds a process, in place of one that had the pid before. */
export function createProcess(k: Kernel, { pid, comm, vmas = [], threads = [{ tid: pid }] }: NewProcess): Process {
  return putProcess(k, { pid, comm, vmas, threads: threads.map(newThread), state: 'running' })
}

/** The process when it lives. */
export function runningProcess(k: Kernel, pid: number | undefined): Process | undefined {
  const process = pid === undefined ? undefined : k.processes.get(pid)
  return process?.state === 'running' ? process : undefined
}

export function threadOf(process: Process, tid: number | undefined): Thread | undefined {
  return process.threads.find((thread) => thread.tid === tid)
}

/** Threads of all processes that live. */
export function taskCount(k: Kernel): number {
  let count = 0
  for (const { state, threads } of k.processes.values()) if (state === 'running') count += threads.length
  return count
}

/** Changes fields of a process; undefined when there is none of that pid. */
export function updateProcess(k: Kernel, pid: number, change: Partial<Process>): Process | undefined {
  const process = k.processes.get(pid)
  return process === undefined ? undefined : putProcess(k, { ...process, ...change })
}

/** Changes fields of a thread; undefined when there is none of that tid. */
export function updateThread(k: Kernel, pid: number, tid: number, change: Partial<Thread>): Thread | undefined {
  const process = k.processes.get(pid)
  const thread = process === undefined ? undefined : threadOf(process, tid)
  if (process === undefined || thread === undefined) return undefined
  const next = { ...thread, ...change }
  putProcess(k, { ...process, threads: process.threads.map((old) => (old === thread ? next : old)) })
  return next
}

/**
 * clone(CLONE_THREAD): the new thread has the policy and the signal settings of the one that made it.
 *
 * Spec: Linux 6.1, include/linux/sched/coredump.h and kernel/fork.c, copy_process; kernel/sys.c, PR_MCE_KILL.
 * Fidelity: exact for the policy; signal dispositions are kept a thread instead of a process.
 * No interface reaches it: tests and the replay of recordings use it.
 */
export function createThread(k: Kernel, pid: number, tid: number, parentTid = pid): Thread | undefined {
  const process = k.processes.get(pid)
  const parent = process === undefined ? undefined : threadOf(process, parentTid)
  if (process === undefined || parent === undefined) return undefined
  const thread: Thread = { ...parent, tid, pending: undefined }
  putProcess(k, { ...process, threads: [...process.threads, thread] })
  return thread
}

/**
 * fork(): the child maps the same frames, so what was a hwpoison entry in the parent is one in the child.
 *
 * Spec: Linux 6.1, mm/memory.c, copy_nonpresent_pte; kernel/fork.c, copy_process.
 * Fidelity: approximates: pages stay shared, a write does not copy them.
 * No interface reaches it: tests and the replay of recordings use it.
 */
export function fork(k: Kernel, pid: number, childPid: number, parentTid = pid): Process | undefined {
  const parent = runningProcess(k, pid)
  const thread = parent === undefined ? undefined : threadOf(parent, parentTid)
  if (parent === undefined || thread === undefined) return undefined
  const leader: Thread = { ...thread, tid: childPid, pending: undefined }
  return putProcess(k, { ...parent, pid: childPid, threads: [leader] })
}

/** Dead processes that are remembered, for whoever asks what became of them: those that were made last. */
const REMEMBERED_DEAD = 1024

/** The process is gone; its mappings no longer count. `signal` is 0 for an exit. */
export function endProcess(k: Kernel, pid: number, signal: number): void {
  const process = runningProcess(k, pid)
  if (process === undefined) return
  putProcess(k, { ...process, state: 'dead', exitSignal: signal })
  forgetDead(k)
  stepEvent(k, taskEnd, { pid, comm: process.comm, signal })
}

function forgetDead(k: Kernel): void {
  const dead = [...k.processes.values()].filter(({ state }) => state === 'dead')
  if (dead.length <= REMEMBERED_DEAD) return
  const processes = new Map(k.processes)
  for (const { pid } of dead.slice(0, dead.length - REMEMBERED_DEAD)) processes.delete(pid)
  k.processes = processes
}

/** The context of a thread that is in the kernel. */
export function contextOf(process: Process, tid: number, cpu: number): Context {
  return { pid: process.pid, tid, comm: process.comm, cpu }
}
